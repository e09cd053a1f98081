"""A spoken conversation by LiveKit's RealtimeModel, unmodified but for its address: a question, an interruption, a function of ours."""

import asyncio
import json
import pathlib
import sys
import time

from livekit import rtc
from livekit.agents import llm
from livekit.plugins.openai.realtime import RealtimeModel

url, folder = sys.argv[1], pathlib.Path(sys.argv[2])
PIECE = 2400  # 50 ms of 24 kHz


@llm.function_tool
async def get_weather(city: str) -> str:
    """The present weather in a city"""
    return '{"sky": "clear", "celsius": 4}'


async def main():
    model = RealtimeModel(api_key="none", base_url=f"{url}/v1", voice="piper")
    session = model.session()
    heard, calls, interrupted, tasks = {}, asyncio.Queue(), asyncio.Event(), set()

    def keep(coroutine):
        task = asyncio.create_task(coroutine)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def message(one):
        heard[one.message_id] = {"text": "", "sound": 0, "since": time.monotonic()}

        async def words():
            async for delta in one.text_stream:
                heard[one.message_id]["text"] += str(delta)

        async def sound():
            async for frame in one.audio_stream:
                heard[one.message_id]["sound"] += frame.samples_per_channel

        await asyncio.gather(words(), sound())

    async def generation(event):
        async def messages():
            async for one in event.message_stream:
                keep(message(one))

        async def functions():
            async for call in event.function_stream:
                await calls.put(call)

        await asyncio.gather(messages(), functions())

    def failed(event):
        print(f"error: {event.error}", flush=True)

    session.on("generation_created", lambda event: keep(generation(event)))
    session.on("input_speech_started", lambda _: interrupted.set())
    session.on("error", failed)

    async def speak(name):
        pcm = (folder / name).read_bytes() + bytes(PIECE * 30)
        for at in range(0, len(pcm), PIECE):
            piece = pcm[at : at + PIECE]
            session.push_audio(rtc.AudioFrame(piece, 24000, 1, len(piece) // 2))
            await asyncio.sleep(0.05)

    async def until(wanted):
        async with asyncio.timeout(60):
            while not any(wanted(one["text"]) for one in heard.values()):
                await asyncio.sleep(0.02)

    await session.update_tools([get_weather])
    await speak("ask.pcm")
    await until(lambda text: "Denver" in text)
    item, answer = [(item, one) for item, one in heard.items() if "Denver" in one["text"]][-1]
    print("answered:", answer["text"], answer["sound"], "samples")
    interrupted.clear()
    speaking = asyncio.create_task(speak("stop.pcm"))
    await asyncio.wait_for(interrupted.wait(), 60)
    session.interrupt()
    end_ms = int((time.monotonic() - answer["since"]) * 1000)
    session.truncate(message_id=item, modalities=["audio", "text"], audio_end_ms=end_ms)
    call = await asyncio.wait_for(calls.get(), 60)
    print("interrupted:", end_ms, "called:", call.name, json.loads(call.arguments))
    await speaking
    context = session.chat_ctx.copy()
    output = '{"sky": "clear", "celsius": 4}'
    context.items.append(llm.FunctionCallOutput(call_id=call.call_id, output=output, is_error=False, name=call.name))
    await session.update_chat_ctx(context)
    await session.generate_reply()
    await until(lambda text: "clear" in text)
    print("told:", [one["text"] for one in heard.values()][-1])
    await session.aclose()
    await model.aclose()


asyncio.run(asyncio.wait_for(main(), 150))
