"""A spoken conversation by the official client, unmodified but for its address: a question, a function of ours, an interruption."""

import asyncio
import base64
import json
import pathlib
import sys

from openai import AsyncOpenAI

url, folder = sys.argv[1], pathlib.Path(sys.argv[2])
PIECE = 4800  # 100 ms of 24 kHz
TOOL = {
    "type": "function",
    "name": "get_weather",
    "description": "The present weather in a city",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


async def speak(connection, name):
    pcm = (folder / name).read_bytes() + bytes(PIECE * 15)
    for at in range(0, len(pcm), PIECE):
        await connection.input_audio_buffer.append(audio=base64.b64encode(pcm[at : at + PIECE]).decode())
        await asyncio.sleep(0.1)


async def until(connection, wanted):
    async for event in connection:
        if event.type == "error":
            raise SystemExit(f"error: {event.error}")
        if wanted(event):
            return event
    raise SystemExit("the connection ended")


async def main():
    client = AsyncOpenAI(api_key="none", base_url=f"{url}/v1")
    async with client.realtime.connect(model="gpt-realtime") as connection:
        await until(connection, lambda event: event.type == "session.created")
        await connection.session.update(
            session={
                "type": "realtime",
                "tools": [TOOL],
                "audio": {"input": {"turn_detection": {"type": "server_vad", "silence_duration_ms": 500}}},
            }
        )
        await until(connection, lambda event: event.type == "session.updated")
        speaking = asyncio.create_task(speak(connection, "ask.pcm"))
        done = await until(connection, lambda event: event.type == "response.done" and "Denver" in event.to_json())
        print("answered:", done.response.output[0].content[0].transcript)
        await speaking
        speaking = asyncio.create_task(speak(connection, "stop.pcm"))
        cut = await until(connection, lambda event: event.type == "conversation.item.truncated")
        print("interrupted:", cut.item_id, cut.audio_end_ms)
        call = await until(connection, lambda event: event.type == "response.function_call_arguments.done")
        print("called:", call.name, json.loads(call.arguments))
        await speaking
        await connection.conversation.item.create(
            item={"type": "function_call_output", "call_id": call.call_id, "output": '{"sky": "clear", "celsius": 4}'}
        )
        await connection.response.create()
        told = await until(connection, lambda event: event.type == "response.output_audio_transcript.done" and "clear" in event.transcript)
        print("told:", told.transcript)


asyncio.run(asyncio.wait_for(main(), 120))
