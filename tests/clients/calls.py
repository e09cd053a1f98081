"""Telephone calls with the official `openai` package: an event of the webhook is unwrapped, and its call taken, sent elsewhere or hung up."""

import json
import sys

from openai import OpenAI

url, secret, verb = sys.argv[1:4]
told = json.load(sys.stdin)
client = OpenAI(api_key="none", base_url=f"{url}/v1", webhook_secret=secret)
event = client.webhooks.unwrap(told["body"], told["headers"])
call = event.data.call_id
if verb == "accept":
    client.realtime.calls.accept(call, type="realtime", instructions="Be brief.", audio={"output": {"speed": 1.2}})
elif verb == "refer":
    client.realtime.calls.refer(call, target_uri=sys.argv[4])
elif verb == "reject":
    client.realtime.calls.reject(call, status_code=int(sys.argv[4]))
print(event.type, call)
