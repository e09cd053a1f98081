#!/usr/bin/env python3
"""What loss does to a conversation: word errors and voice to voice at 0, 5 and 10 % each way, by the caller's seeded emulator.

Usage: loss.py [VOXFARE]   (target/release/voxfare when left out; on a quiet machine, for the times are real)
Prints the table of docs/network.md. Every line of it is the same conversations on three seeds."""

import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

from wer import distance, words

CONVERSATIONS = [
    ["Find me a flight from Boston to Denver on Friday morning.", "Make it Saturday instead.", "What about the evening?", "Is there anything cheaper?"],
    ["I need to fly from New York to Los Angeles tomorrow.", "And in business class?", "Tell me more about the first one.", "What is the weather in Los Angeles?"],
    ["Show me flights from Chicago to Miami on Monday.", "Which one is the fastest?", "Does that include a checked bag?", "Thank you very much."],
    ["I want to go to San Francisco.", "From Seattle.", "On Tuesday afternoon.", "What can you do?"],
]
WEATHERS = [(0, 0), (5, 0), (5, 30), (10, 0), (10, 30)]
SEEDS = [1, 2, 3]


def run(voxfare, *arguments):
    return subprocess.run([voxfare, *arguments], check=True, capture_output=True, text=True).stdout


def at(values, share):
    """The nearest-rank percentile."""
    values = sorted(values)
    return values[max(0, -(-len(values) * share // 100) - 1)]


def measure(voxfare, url, folder, loss, jitter):
    """Word errors, words, voice to voice times, and turns that stayed without an answer."""
    errors = total = silent = 0
    times = []
    for seed in SEEDS:
        for number, requests in enumerate(CONVERSATIONS):
            turns = [part for at in range(len(requests)) for part in ("--speak", str(folder / f"{number}-{at}.wav"))]
            called = subprocess.run(
                [voxfare, "call", url, "--loss", str(loss), "--jitter", str(jitter), "--seed", str(seed), *turns],
                capture_output=True, text=True,
            )
            report = json.loads(called.stdout or '{"turns": []}')
            silent += len(requests) - sum(turn["voice_to_voice_ms"] is not None for turn in report["turns"])
            for turn, text in zip(report["turns"], requests):
                wanted = words(text, "en")
                errors, total = errors + distance(wanted, words(turn["transcript"], "en")), total + len(wanted)
                if turn["voice_to_voice_ms"] is not None:
                    times.append(turn["voice_to_voice_ms"])
    return errors, total, times, silent


def main():
    voxfare = sys.argv[1] if len(sys.argv) > 1 else "target/release/voxfare"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for number, requests in enumerate(CONVERSATIONS):
            for at_turn, text in enumerate(requests):
                run(voxfare, "say", text, "--voice", "piper", "--wav", str(folder / f"{number}-{at_turn}.wav"))
        places = ("server.listen=127.0.0.1:0", "webrtc.listen=127.0.0.1:0", f"store.url=sqlite:{folder}/store.db")
        sets = [part for place in places for part in ("--set", place)]
        server = subprocess.Popen([voxfare, "serve", *sets], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            url = next(found.group() for line in server.stdout if (found := re.search(r"https?://\S+", line)))
            print("| loss each way | jitter | word error rate | voice to voice p50 ms | p95 ms | turns without an answer |")
            print("|---|---|---|---|---|---|")
            for loss, jitter in WEATHERS:
                errors, total, times, silent = measure(voxfare, url, folder, loss, jitter)
                print(
                    f"| {loss} % | {jitter} ms | {100 * errors / max(total, 1):.1f} % of {total} words "
                    f"| {statistics.median(times):.0f} | {at(times, 95):.0f} | {silent} |",
                    flush=True,
                )
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
