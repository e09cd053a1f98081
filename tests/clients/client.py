"""A spoken question from Python with the official package, without a sound card: client.py http://localhost:8080 question.wav answer.wav"""
import asyncio, base64, os, sys, wave
from openai import AsyncOpenAI  # pip install "openai[realtime]"

async def main(url, question, answer):
    client = AsyncOpenAI(api_key=os.environ.get("VOXFARE_KEY", "none"), base_url=f"{url}/v1")
    async with client.realtime.connect(model="voxfare") as session:
        with wave.open(question) as file:  # 16 bits, mono at 24 kHz; the silence behind it tells that the turn is over
            sound = file.readframes(file.getnframes()) + bytes(48_000)
        for at in range(0, len(sound), 4_800):
            await session.input_audio_buffer.append(audio=base64.b64encode(sound[at : at + 4_800]).decode())
            await asyncio.sleep(0.1)  # 100 ms of sound take 100 ms
        with wave.open(answer, "wb") as file:
            file.setparams((1, 2, 24_000, 0, "NONE", None))
            async for event in session:
                if event.type == "response.output_audio.delta":
                    file.writeframes(base64.b64decode(event.delta))
                elif event.type == "response.output_audio_transcript.done":
                    print("Voxfare:", event.transcript)
                elif event.type == "response.done":
                    break

asyncio.run(main(*sys.argv[1:4]))
