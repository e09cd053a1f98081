#!/usr/bin/env python3
"""Word error rates of `voxfare transcribe` on a folder of recordings.

The folder holds NAME.wav (or .flac) files and a `manifest.json`: a list of {"id": NAME, "lang": "en", "ref": "the words"}.
Usage: wer.py FOLDER [VOXFARE [ARGUMENT...]]   for example: wer.py ~/fleurs target/release/voxfare --model base
"""

import json
import pathlib
import re
import statistics
import subprocess
import sys
import unicodedata

BY_LETTER = {"ja", "zh", "th"}


def words(text, language):
    """Lower case, no marks; letters instead of words where words are not written apart."""
    text = unicodedata.normalize("NFKC", text).lower().replace("'", "").replace("’", "")
    text = re.sub(r"[^\w\s]|_", " ", text)
    return list(text.replace(" ", "")) if language in BY_LETTER else text.split()


def distance(wanted, heard):
    """Fewest substitutions, insertions and deletions from one list to the other."""
    row = list(range(len(heard) + 1))
    for i, want in enumerate(wanted, 1):
        diagonal, row[0] = row[0], i
        for j, have in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (want != have))
    return row[-1]


def recording(folder, name):
    """The recording of this name, whatever its format."""
    return next(path for end in ("wav", "flac", "ogg") if (path := folder / f"{name}.{end}").exists())


def main():
    folder = pathlib.Path(sys.argv[1])
    command = sys.argv[2:3] or ["voxfare"]
    clips = json.loads((folder / "manifest.json").read_text())
    for language in sorted({clip["lang"] for clip in clips}):
        group = [clip for clip in clips if clip["lang"] == language]
        files = [str(recording(folder, clip["id"])) for clip in group]
        done = subprocess.run(
            [*command, "transcribe", "--timing", "--language", language, *sys.argv[3:], *files],
            check=True, capture_output=True, text=True,
        )
        errors = total = 0
        for clip, text in zip(group, done.stdout.splitlines(), strict=True):
            wanted, heard = words(clip["ref"], language), words(text, language)
            wrong = distance(wanted, heard)
            errors, total = errors + wrong, total + len(wanted)
            print(f"{clip['id']:20} {wrong:3} of {len(wanted):3}  {text}")
        took = [int(ms) for ms in re.findall(r"(\d+) ms to decode", done.stderr)]
        print(f"{language}: {len(group)} clips, word error rate {100 * errors / total:.1f} %, decode p50 {statistics.median(took):.0f} ms, max {max(took)} ms")


if __name__ == "__main__":
    main()
