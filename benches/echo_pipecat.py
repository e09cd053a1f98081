"""The echo of benches/echo.rs in pipecat: its FastAPI transport and its mu-law serializer, with nothing between in and out."""

import socket

import uvicorn
from fastapi import FastAPI, WebSocket
from pipecat.frames.frames import InputAudioRawFrame, OutputAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport

app = FastAPI()


class Echo(FrameProcessor):
    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            frame = OutputAudioRawFrame(frame.audio, frame.sample_rate, frame.num_channels)
        await self.push_frame(frame, direction)


@app.websocket("/")
async def call(websocket: WebSocket):
    await websocket.accept()
    params = TwilioFrameSerializer.InputParams(auto_hang_up=False)
    serializer = TwilioFrameSerializer(stream_sid="s", params=params)
    transport = FastAPIWebsocketTransport(
        websocket,
        FastAPIWebsocketParams(
            audio_in_enabled=True, audio_out_enabled=True, add_wav_header=False, audio_out_10ms_chunks=2, serializer=serializer
        ),
    )
    pipeline = Pipeline([transport.input(), Echo(), transport.output()])
    rates = PipelineParams(audio_in_sample_rate=8000, audio_out_sample_rate=8000)
    await PipelineRunner(handle_sigint=False).run(PipelineTask(pipeline, params=rates))


listener = socket.socket()
listener.bind(("127.0.0.1", 0))
# Who calls before the server runs waits, and is not turned away.
listener.listen(2048)
print(f"ws://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="critical")).run(sockets=[listener])
