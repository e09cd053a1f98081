"""A spoken conversation by Pipecat's Realtime service, unmodified but for its address: a question, an interruption, a function of ours."""

import asyncio
import pathlib
import sys

from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import (
    CancelFrame,
    ErrorFrame,
    InputAudioRawFrame,
    LLMFullResponseEndFrame,
    LLMRunFrame,
    TTSAudioRawFrame,
    TTSTextFrame,
    UserStartedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.workers.runner import WorkerRunner

url, folder = sys.argv[1], pathlib.Path(sys.argv[2])
PIECE = 960  # 20 ms of 24 kHz


class Ear(FrameProcessor):
    """Hears what comes out of the service."""

    def __init__(self):
        super().__init__()
        self.text, self.sound, self.interruptions, self.changed = "", 0, 0, asyncio.Event()

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, TTSTextFrame):
            self.text += frame.text
        elif isinstance(frame, TTSAudioRawFrame):
            self.sound += len(frame.audio)
        elif isinstance(frame, UserStartedSpeakingFrame):
            self.interruptions += 1
        elif isinstance(frame, ErrorFrame):
            raise SystemExit(f"error: {frame.error}")
        self.changed.set()
        await self.push_frame(frame, direction)

    async def until(self, wanted):
        while not wanted():
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), 60)


async def main():
    called = []

    async def weather(params):
        called.append(params.arguments["city"])
        await params.result_callback({"sky": "clear", "celsius": 4})

    schema = FunctionSchema(
        name="get_weather",
        description="The present weather in a city",
        properties={"city": {"type": "string"}},
        required=["city"],
    )
    service = OpenAIRealtimeLLMService(api_key="none", base_url=f"{url.replace('http', 'ws')}/v1/realtime")
    service.register_function("get_weather", weather)
    context = LLMContext(tools=ToolsSchema(standard_tools=[schema]))
    pair, ear = LLMContextAggregatorPair(context), Ear()
    worker = PipelineWorker(
        Pipeline([pair.user(), service, ear, pair.assistant()]),
        params=PipelineParams(audio_in_sample_rate=24000, audio_out_sample_rate=24000),
        cancel_on_idle_timeout=False,
    )

    async def speak(name):
        pcm = (folder / name).read_bytes() + bytes(PIECE * 75)
        for at in range(0, len(pcm), PIECE):
            await worker.queue_frame(InputAudioRawFrame(audio=pcm[at : at + PIECE], sample_rate=24000, num_channels=1))
            await asyncio.sleep(0.02)

    async def talk():
        await worker.queue_frame(LLMRunFrame())
        await ear.until(lambda: ear.sound > 0)
        await speak("ask.pcm")
        await ear.until(lambda: "Denver" in ear.text)
        print("answered:", ear.text)
        before = ear.interruptions
        speaking = asyncio.create_task(speak("stop.pcm"))
        await ear.until(lambda: called)
        assert ear.interruptions > before, "nothing was interrupted"
        print("interrupted:", ear.interruptions - before, "called:", *called)
        await ear.until(lambda: "clear" in ear.text)
        print("told:", ear.text[-60:])
        await speaking
        await worker.queue_frame(CancelFrame())

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await asyncio.gather(runner.run(), talk())


asyncio.run(asyncio.wait_for(main(), 150))
