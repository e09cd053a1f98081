"""Holds server events, one a line of a file, against the official client's models."""

import json
import sys
from typing import get_args

from openai.types.realtime import RealtimeServerEvent
from pydantic import ValidationError


def members(union):
    """The models of a union, of unions within it too."""
    parts = get_args(union)
    return [union] if not parts else [model for part in parts if not isinstance(part, str) for model in members(part)]


models = {}
for model in members(RealtimeServerEvent):
    if hasattr(model, "model_fields"):
        for kind in get_args(model.model_fields["type"].annotation):
            models[kind] = model

wrong = 0
for line in open(sys.argv[1], encoding="utf-8"):
    kind = json.loads(line)["type"]
    try:
        # The client itself builds its objects without looking; here they are looked at.
        models[kind].model_validate_json(line)
    except (KeyError, ValidationError) as error:
        wrong += 1
        if wrong < 9:
            print(f"{kind}: {error!r}\n{line[:2000]}", file=sys.stderr)
print(f"{len(models)} kinds known, {wrong} events wrong")
sys.exit(wrong > 0 or len(models) < 40)
