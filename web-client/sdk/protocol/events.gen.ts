// Written by generate.mjs from realtime.schema.json; change that file and run `npm run generate`.

/** Everything a client may send: the 11 client events of the OpenAI Realtime protocol (GA), and two of our own. */
export type ClientEvent = SessionUpdateEvent | InputAudioBufferAppendEvent | InputAudioBufferCommitEvent | InputAudioBufferClearEvent | ConversationItemCreateEvent | ConversationItemRetrieveEvent | ConversationItemTruncateEvent | ConversationItemDeleteEvent | ResponseCreateEvent | ResponseCancelEvent | OutputAudioBufferClearEvent | ItemHeardEvent | AccountUseEvent

/** Everything a server may send. */
export type ServerEvent = RealtimeServerEvent | VoxfareServerEvent

/** The 46 server events of the OpenAI Realtime protocol (GA). Those marked `"x-voxfare": "beta"` are sent to clients alone that ask for the beta (`OpenAI-Beta: realtime=v1`). */
export type RealtimeServerEvent = ErrorEvent | SessionCreatedEvent | SessionUpdatedEvent | ConversationCreatedEvent | ConversationItemAddedEvent | ConversationItemDoneEvent | ConversationItemCreatedEvent | ConversationItemRetrievedEvent | ConversationItemTruncatedEvent | ConversationItemDeletedEvent | InputAudioTranscriptionDeltaEvent | InputAudioTranscriptionCompletedEvent | InputAudioTranscriptionSegmentEvent | InputAudioTranscriptionFailedEvent | InputAudioBufferCommittedEvent | InputAudioBufferClearedEvent | InputAudioBufferSpeechStartedEvent | InputAudioBufferSpeechStoppedEvent | InputAudioBufferTimeoutTriggeredEvent | InputAudioBufferDtmfEventReceivedEvent | OutputAudioBufferStartedEvent | OutputAudioBufferStoppedEvent | OutputAudioBufferClearedEvent | ResponseCreatedEvent | ResponseDoneEvent | ResponseOutputItemAddedEvent | ResponseOutputItemDoneEvent | ResponseContentPartAddedEvent | ResponseContentPartDoneEvent | ResponseOutputTextDeltaEvent | ResponseOutputTextDoneEvent | ResponseOutputAudioDeltaEvent | ResponseOutputAudioDoneEvent | ResponseOutputAudioTranscriptDeltaEvent | ResponseOutputAudioTranscriptDoneEvent | ResponseFunctionCallArgumentsDeltaEvent | ResponseFunctionCallArgumentsDoneEvent | ResponseMcpCallArgumentsDeltaEvent | ResponseMcpCallArgumentsDoneEvent | ResponseMcpCallInProgressEvent | ResponseMcpCallCompletedEvent | ResponseMcpCallFailedEvent | McpListToolsInProgressEvent | McpListToolsCompletedEvent | McpListToolsFailedEvent | RateLimitsUpdatedEvent

/** Our additions, which a client may ignore. */
export type VoxfareServerEvent = VoxfareSessionEvent | VoxfareResumedEvent | VoxfarePartialEvent | VoxfarePlayoutEvent | VoxfareTaskEvent | VoxfareCardEvent | VoxfareLatencyEvent | VoxfareNetworkEvent | VoxfareEndedEvent | VoxfareDrainingEvent | VoxfareWalletAccountEvent | VoxfareWalletRewardEvent | VoxfareWalletBalanceEvent

/** Changes the session; answered by `session.updated` with all of it. */
export interface SessionUpdateEvent {
  /** The client's own name for the event; an error about it names it again. */
  readonly event_id?: string | null
  readonly type: 'session.update'
  readonly session: SessionUpdate
}

/** Adds sound of the caller, on a WebSocket; over WebRTC sound travels otherwise. Nothing answers it. At most 15 MiB of sound an event, and two minutes may wait. */
export interface InputAudioBufferAppendEvent {
  /** The client's own name for the event; an error about it names it again. */
  readonly event_id?: string | null
  readonly type: 'input_audio_buffer.append'
  /** Base64 of samples in the session's input format. */
  readonly audio: string
}

/** Makes what was appended the caller's turn; it must be 100 ms at least. */
export interface InputAudioBufferCommitEvent {
  /** The client's own name for the event; an error about it names it again. */
  readonly event_id?: string | null
  readonly type: 'input_audio_buffer.commit'
}

/** Forgets the sound that was appended and not committed; answered by `input_audio_buffer.cleared`. */
export interface InputAudioBufferClearEvent {
  /** The client's own name for the event; an error about it names it again. */
  readonly event_id?: string | null
  readonly type: 'input_audio_buffer.clear'
}

/** Adds an item; answered by `conversation.item.added` and `.done`. 1024 items or 4 MiB are kept. */
export interface ConversationItemCreateEvent {
  /** The client's own name for the event; an error about it names it again. */
  readonly event_id?: string | null
  readonly type: 'conversation.item.create'
  /** Goes behind this item; `root` is the very beginning; missing: behind the last. */
  readonly previous_item_id?: string | null
  readonly item: NewItem
}

/** Asks to see an item; answered by `conversation.item.retrieved`. */
export interface ConversationItemRetrieveEvent {
  /** The client's own name for the event; an error about it names it again. */
  readonly event_id?: string | null
  readonly type: 'conversation.item.retrieve'
  /** The item. */
  readonly item_id: string
}

/** Cuts a saying to what was heard of it; answered by `conversation.item.truncated`. Never to more than was played, and never an error for a wrong number. */
export interface ConversationItemTruncateEvent {
  /** The client's own name for the event; an error about it names it again. */
  readonly event_id?: string | null
  readonly type: 'conversation.item.truncate'
  /** The assistant's item. */
  readonly item_id: string
  /** The part; always 0 here. */
  readonly content_index?: number
  /** How much of its sound was heard, in ms. */
  readonly audio_end_ms: number
}

/** Of an item in writing that the client read aloud by itself, these words were heard; answered by `conversation.item.truncated`. */
export interface ItemHeardEvent {
  /** The client's own name for the event; an error about it names it again. */
  readonly event_id?: string | null
  readonly type: 'voxfare.item.heard'
  /** The assistant's item. */
  readonly item_id: string
  /** The words, from the item's beginning. */
  readonly text: string
}

/** From now on what is booked in this session earns for this account; answered by `voxfare.wallet.account`. Null: for nobody; nothing answers. */
export interface AccountUseEvent {
  /** The client's own name for the event; an error about it names it again. */
  readonly event_id?: string | null
  readonly type: 'voxfare.account.use'
  /** The account's token, as `POST /v1/wallet/accounts` or `POST /v1/auth/siwe/verify` gave it. */
  readonly token: string | null
}

/** Removes an item; answered by `conversation.item.deleted`. */
export interface ConversationItemDeleteEvent {
  /** The client's own name for the event; an error about it names it again. */
  readonly event_id?: string | null
  readonly type: 'conversation.item.delete'
  /** The item. */
  readonly item_id: string
}

/** Asks for an answer. */
export interface ResponseCreateEvent {
  /** The client's own name for the event; an error about it names it again. */
  readonly event_id?: string | null
  readonly type: 'response.create'
  readonly response?: ResponseRequest | null
}

/** Stops the response under way, or the one that is named. */
export interface ResponseCancelEvent {
  /** The client's own name for the event; an error about it names it again. */
  readonly event_id?: string | null
  readonly type: 'response.cancel'
  /** The response. */
  readonly response_id?: string | null
}

/** Stops the sound under way at once; answered by `output_audio_buffer.cleared`. */
export interface OutputAudioBufferClearEvent {
  /** The client's own name for the event; an error about it names it again. */
  readonly event_id?: string | null
  readonly type: 'output_audio_buffer.clear'
}

/** A client event could not be done, or something went wrong. The session goes on. */
export interface ErrorEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'error'
  /** What is wrong. */
  readonly error: {
    /** `invalid_request_error`, `rate_limit_error` or `server_error`. */
    readonly type: string
    /** A fixed word. */
    readonly code?: string | null
    /** A sentence. */
    readonly message: string
    /** The path of the field at fault. */
    readonly param?: string | null
    /** The client event that caused it. */
    readonly event_id?: string | null
  }
}

/** The first event of a session, and of a line that came back. */
export interface SessionCreatedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'session.created'
  readonly session: Session
}

/** The session after a `session.update`. */
export interface SessionUpdatedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'session.updated'
  readonly session: Session
}

/** A conversation began. Sent to clients alone that ask for the beta (`OpenAI-Beta: realtime=v1`). */
export interface ConversationCreatedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'conversation.created'
  /** It. */
  readonly conversation: {
    /** Names it. */
    readonly id?: string
    /** `realtime.conversation`. */
    readonly object?: string
  }
}

/** An item joined the conversation; it may still grow. */
export interface ConversationItemAddedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'conversation.item.added'
  /** The item before it; null for the first. */
  readonly previous_item_id?: string | null
  readonly item: Item
}

/** An item is whole. */
export interface ConversationItemDoneEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'conversation.item.done'
  /** The item before it; null for the first. */
  readonly previous_item_id?: string | null
  readonly item: Item
}

/** The older name of `conversation.item.added`. Sent to clients alone that ask for the beta (`OpenAI-Beta: realtime=v1`). */
export interface ConversationItemCreatedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'conversation.item.created'
  /** The item before it; null for the first. */
  readonly previous_item_id?: string | null
  readonly item: Item
}

/** An item that was asked for. */
export interface ConversationItemRetrievedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'conversation.item.retrieved'
  readonly item: Item
}

/** A saying was cut to what was heard of it. */
export interface ConversationItemTruncatedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'conversation.item.truncated'
  /** The item. */
  readonly item_id: string
  /** Which part of the item; always 0 here. */
  readonly content_index: number
  /** How much of its sound was heard, in ms. */
  readonly audio_end_ms: number
}

/** An item left the conversation. */
export interface ConversationItemDeletedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'conversation.item.deleted'
  /** The item. */
  readonly item_id: string
}

/** More words of the caller that will not be taken back. */
export interface InputAudioTranscriptionDeltaEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'conversation.item.input_audio_transcription.delta'
  /** The item. */
  readonly item_id: string
  /** Which part of the item; always 0 here. */
  readonly content_index?: number
  /** The words. */
  readonly delta?: string
  /** How sure each token is; told of the whole text alone, and where `include` asks for it. */
  readonly logprobs?: readonly TokenLogprob[] | null
}

/** A token of a transcript. */
export interface TokenLogprob {
  /** Its text. */
  readonly token: string
  /** Its log probability. */
  readonly logprob: number
  /** Its bytes, which are text only together with those of its neighbours. */
  readonly bytes: readonly number[]
}

/** The whole text of an utterance; it may differ from the sum of its deltas. */
export interface InputAudioTranscriptionCompletedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'conversation.item.input_audio_transcription.completed'
  /** The item. */
  readonly item_id: string
  /** Which part of the item; always 0 here. */
  readonly content_index: number
  /** The text; empty when nothing was said. */
  readonly transcript: string
  /** How sure each token is; told of the whole text alone, and where `include` asks for it. */
  readonly logprobs?: readonly TokenLogprob[] | null
  /** What it took. */
  readonly usage: {
    readonly type: 'duration'
    /** How long the utterance was. */
    readonly seconds: number
  } | {
    readonly type: 'tokens'
    /** Of the sound. */
    readonly input_tokens: number
    /** Of the text. */
    readonly output_tokens: number
    /** Both. */
    readonly total_tokens: number
  }
}

/** A stretch of speech with its speaker. */
export interface InputAudioTranscriptionSegmentEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'conversation.item.input_audio_transcription.segment'
  /** The item. */
  readonly item_id: string
  /** Which part of the item; always 0 here. */
  readonly content_index: number
  /** The words. */
  readonly text: string
  /** Names the segment. */
  readonly id: string
  /** Who spoke. */
  readonly speaker: string
  /** Its beginning, in seconds. */
  readonly start: number
  /** Its end, in seconds. */
  readonly end: number
}

/** An utterance was not understood. */
export interface InputAudioTranscriptionFailedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'conversation.item.input_audio_transcription.failed'
  /** The item. */
  readonly item_id: string
  /** Which part of the item; always 0 here. */
  readonly content_index: number
  /** What failed. */
  readonly error: {
    /** The kind of error. */
    readonly type?: string
    /** A fixed word. */
    readonly code?: string
    /** A sentence. */
    readonly message?: string
    /** The field at fault. */
    readonly param?: string
  }
}

/** The sound became an item of the conversation. */
export interface InputAudioBufferCommittedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'input_audio_buffer.committed'
  /** The item before it; null for the first. */
  readonly previous_item_id?: string | null
  /** The item. */
  readonly item_id: string
}

/** The sound that waited is forgotten. */
export interface InputAudioBufferClearedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'input_audio_buffer.cleared'
}

/** The caller began to speak. A client that plays sound itself stops it now. */
export interface InputAudioBufferSpeechStartedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'input_audio_buffer.speech_started'
  /** When, in ms of the caller's sound. */
  readonly audio_start_ms: number
  /** The item the utterance will become. */
  readonly item_id: string
}

/** The caller's turn ended. */
export interface InputAudioBufferSpeechStoppedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'input_audio_buffer.speech_stopped'
  /** When, in ms of the caller's sound. */
  readonly audio_end_ms: number
  /** The item the utterance will become. */
  readonly item_id: string
}

/** Nobody spoke for `idle_timeout_ms`; an answer follows. */
export interface InputAudioBufferTimeoutTriggeredEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'input_audio_buffer.timeout_triggered'
  /** When the silence began, in ms of the caller's sound. */
  readonly audio_start_ms: number
  /** When it was over. */
  readonly audio_end_ms: number
  /** The item. */
  readonly item_id: string
}

/** A telephone key was pressed. */
export interface InputAudioBufferDtmfEventReceivedEvent {
  readonly type: 'input_audio_buffer.dtmf_event_received'
  /** The key. */
  readonly event: string
  /** Unix seconds. */
  readonly received_at: number
}

/** The first sound of a response goes out. */
export interface OutputAudioBufferStartedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'output_audio_buffer.started'
  /** The response. */
  readonly response_id: string
}

/** The last sound of a response went out. */
export interface OutputAudioBufferStoppedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'output_audio_buffer.stopped'
  /** The response. */
  readonly response_id: string
}

/** The rest of a response's sound was dropped. */
export interface OutputAudioBufferClearedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'output_audio_buffer.cleared'
  /** The response. */
  readonly response_id: string
}

/** An answer begins. */
export interface ResponseCreatedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'response.created'
  readonly response: Response
}

/** An answer is over, whatever ended it; nothing of it follows. Every created response has exactly one. */
export interface ResponseDoneEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'response.done'
  readonly response: Response
}

/** An item of the answer begins. */
export interface ResponseOutputItemAddedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'response.output_item.added'
  /** The response. */
  readonly response_id: string
  /** Which output of the response; always 0 here. */
  readonly output_index: number
  readonly item: Item
}

/** An item of the answer is whole. */
export interface ResponseOutputItemDoneEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'response.output_item.done'
  /** The response. */
  readonly response_id: string
  /** Which output of the response; always 0 here. */
  readonly output_index: number
  readonly item: Item
}

/** A part of an item begins. */
export interface ResponseContentPartAddedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'response.content_part.added'
  /** The response. */
  readonly response_id: string
  /** The item. */
  readonly item_id: string
  /** Which output of the response; always 0 here. */
  readonly output_index: number
  /** Which part of the item; always 0 here. */
  readonly content_index: number
  /** The part. */
  readonly part: {
    /** What it is. */
    readonly type: 'audio' | 'text'
    /** The words of a text. */
    readonly text?: string
    /** The words of a sound. */
    readonly transcript?: string
    /** Base64 sound; the server leaves it out. */
    readonly audio?: string
  }
}

/** A part of an item is whole. */
export interface ResponseContentPartDoneEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'response.content_part.done'
  /** The response. */
  readonly response_id: string
  /** The item. */
  readonly item_id: string
  /** Which output of the response; always 0 here. */
  readonly output_index: number
  /** Which part of the item; always 0 here. */
  readonly content_index: number
  /** The part. */
  readonly part: {
    /** What it is. */
    readonly type: 'audio' | 'text'
    /** The words of a text. */
    readonly text?: string
    /** The words of a sound. */
    readonly transcript?: string
    /** Base64 sound; the server leaves it out. */
    readonly audio?: string
  }
}

/** More text of an answer in writing. */
export interface ResponseOutputTextDeltaEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'response.output_text.delta'
  /** The response. */
  readonly response_id: string
  /** The item. */
  readonly item_id: string
  /** Which output of the response; always 0 here. */
  readonly output_index: number
  /** Which part of the item; always 0 here. */
  readonly content_index: number
  /** The text. */
  readonly delta: string
}

/** The whole text of an answer in writing. */
export interface ResponseOutputTextDoneEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'response.output_text.done'
  /** The response. */
  readonly response_id: string
  /** The item. */
  readonly item_id: string
  /** Which output of the response; always 0 here. */
  readonly output_index: number
  /** Which part of the item; always 0 here. */
  readonly content_index: number
  /** The text. */
  readonly text: string
}

/** More of the sound, on a WebSocket; it comes as fast as it is made. */
export interface ResponseOutputAudioDeltaEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'response.output_audio.delta'
  /** The response. */
  readonly response_id: string
  /** The item. */
  readonly item_id: string
  /** Which output of the response; always 0 here. */
  readonly output_index: number
  /** Which part of the item; always 0 here. */
  readonly content_index: number
  /** Base64 of samples in the session's output format. */
  readonly delta: string
}

/** All sound of the part was sent. */
export interface ResponseOutputAudioDoneEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'response.output_audio.done'
  /** The response. */
  readonly response_id: string
  /** The item. */
  readonly item_id: string
  /** Which output of the response; always 0 here. */
  readonly output_index: number
  /** Which part of the item; always 0 here. */
  readonly content_index: number
}

/** More of what is said. */
export interface ResponseOutputAudioTranscriptDeltaEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'response.output_audio_transcript.delta'
  /** The response. */
  readonly response_id: string
  /** The item. */
  readonly item_id: string
  /** Which output of the response; always 0 here. */
  readonly output_index: number
  /** Which part of the item; always 0 here. */
  readonly content_index: number
  /** The words. */
  readonly delta: string
}

/** All that is said. */
export interface ResponseOutputAudioTranscriptDoneEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'response.output_audio_transcript.done'
  /** The response. */
  readonly response_id: string
  /** The item. */
  readonly item_id: string
  /** Which output of the response; always 0 here. */
  readonly output_index: number
  /** Which part of the item; always 0 here. */
  readonly content_index: number
  /** The words. */
  readonly transcript: string
}

/** More of a call's arguments. */
export interface ResponseFunctionCallArgumentsDeltaEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'response.function_call_arguments.delta'
  /** The response. */
  readonly response_id: string
  /** The item. */
  readonly item_id: string
  /** Which output of the response; always 0 here. */
  readonly output_index: number
  /** Names the call. */
  readonly call_id: string
  /** JSON, as text. */
  readonly delta: string
}

/** All arguments of a call: answer it with a `function_call_output`. */
export interface ResponseFunctionCallArgumentsDoneEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'response.function_call_arguments.done'
  /** The response. */
  readonly response_id: string
  /** The item. */
  readonly item_id: string
  /** Which output of the response; always 0 here. */
  readonly output_index: number
  /** Names the call. */
  readonly call_id: string
  /** The function. */
  readonly name: string
  /** JSON, as text. */
  readonly arguments: string
}

/** More of a remote call's arguments. */
export interface ResponseMcpCallArgumentsDeltaEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'response.mcp_call_arguments.delta'
  /** The response. */
  readonly response_id: string
  /** The item. */
  readonly item_id: string
  /** Which output of the response; always 0 here. */
  readonly output_index: number
  /** JSON, as text. */
  readonly delta: string
  /** Padding. */
  readonly obfuscation?: string | null
}

/** All arguments of a remote call. */
export interface ResponseMcpCallArgumentsDoneEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'response.mcp_call_arguments.done'
  /** The response. */
  readonly response_id: string
  /** The item. */
  readonly item_id: string
  /** Which output of the response; always 0 here. */
  readonly output_index: number
  /** JSON, as text. */
  readonly arguments: string
}

/** A remote call is under way. */
export interface ResponseMcpCallInProgressEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'response.mcp_call.in_progress'
  /** Which output of the response; always 0 here. */
  readonly output_index: number
  /** The item. */
  readonly item_id: string
}

/** A remote call was answered. */
export interface ResponseMcpCallCompletedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'response.mcp_call.completed'
  /** Which output of the response; always 0 here. */
  readonly output_index: number
  /** The item. */
  readonly item_id: string
}

/** A remote call failed. */
export interface ResponseMcpCallFailedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'response.mcp_call.failed'
  /** Which output of the response; always 0 here. */
  readonly output_index: number
  /** The item. */
  readonly item_id: string
}

/** A remote server's tools are being read. */
export interface McpListToolsInProgressEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'mcp_list_tools.in_progress'
  /** The item. */
  readonly item_id: string
}

/** A remote server's tools were read. */
export interface McpListToolsCompletedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'mcp_list_tools.completed'
  /** The item. */
  readonly item_id: string
}

/** A remote server's tools could not be read. */
export interface McpListToolsFailedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'mcp_list_tools.failed'
  /** The item. */
  readonly item_id: string
}

/** How much the client may still ask for. */
export interface RateLimitsUpdatedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'rate_limits.updated'
  /** Each bound. */
  readonly rate_limits: readonly ({
    /** What is counted. */
    readonly name?: 'requests' | 'tokens'
    /** The most. */
    readonly limit?: number
    /** What is left. */
    readonly remaining?: number
    /** Until all of it is there again. */
    readonly reset_seconds?: number
  })[]
}

/** How to come back: sent after `session.created`, and again after a resume. */
export interface VoxfareSessionEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'voxfare.session'
  /** Names the session. */
  readonly session_id: string
  /** Brings the client back to it, as `?resume=`, best with `&after=` and the `event_id` of the last event it has received. */
  readonly resume_token: string
  /** Unix seconds until which the token is good at least. */
  readonly resume_expires_at: number
  /** The client came back. */
  readonly resumed: boolean
}

/** What a client that came back had missed. The events that were told again stand before it, in their order and with their own `event_id`s; sound and `voxfare.network` are of the moment and are not told again. A saying of which nobody heard anything is deleted and said again; one heard in part is cut to that, or goes on from there. */
export interface VoxfareResumedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'voxfare.resumed'
  /** Events behind the one that `after` named. */
  readonly missed: number
  /** Of them, those that were told again. */
  readonly replayed: number
  /** Nothing that lasts is missing; false when more had happened than is kept. */
  readonly complete: boolean
  /** How much of the voice went into the dead line. */
  readonly unheard_ms: number
}

/** The whole current guess at what the caller is saying, unstable words included. */
export interface VoxfarePartialEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'voxfare.partial'
  /** The item the utterance will become. */
  readonly item_id: string
  /** The guess. */
  readonly text: string
}

/** How far a saying was heard. */
export interface VoxfarePlayoutEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'voxfare.playout'
  /** The item. */
  readonly item_id: string
  /** The whole text. */
  readonly text: string
  /** How many of its characters (Unicode scalar values) were heard. */
  readonly heard_chars: number
  /** How far it has got; an interruption is final. */
  readonly state: 'playing' | 'paused' | 'done' | 'interrupted'
}

/** A search, booking or other act for the caller. */
export interface VoxfareTaskEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'voxfare.task'
  /** Names the task. */
  readonly task_id: string
  /** The tool. */
  readonly name: string
  /** How far it has got; `pending`: its outcome is being looked up. */
  readonly state: 'started' | 'pending' | 'done' | 'failed' | 'cancelled'
  /** Its arguments, when it starts. */
  readonly arguments?: unknown
  /** How long it took, when it is no longer under way. */
  readonly ms?: number
}

/** Something to show. */
export interface VoxfareCardEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'voxfare.card'
  readonly card: Card
}

/** How long one turn took, step by step. */
export interface VoxfareLatencyEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'voxfare.latency'
  /** The item. */
  readonly item_id: string | null
  /** The response. */
  readonly response_id: string | null
  readonly breakdown_ms: Breakdown
}

/** The link, at most once in two seconds. */
export interface VoxfareNetworkEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'voxfare.network'
  /** Packets lost towards the server. */
  readonly loss_percent: number | null
  /** How unevenly packets come. */
  readonly jitter_ms: number | null
  /** There and back. */
  readonly rtt_ms: number | null
  /** Packets lost towards the client, as it reports. */
  readonly peer_loss_percent?: number | null
}

/** The session is over: the last event of a call. */
export interface VoxfareEndedEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'voxfare.ended'
  /** Why. */
  readonly reason: 'goodbye' | 'hung_up' | 'abandoned' | 'drained' | 'too_long'
}

/** The server will stop: finish, or come back. */
export interface VoxfareDrainingEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'voxfare.draining'
  /** Within so many seconds. */
  readonly deadline_s: number
}

/** The account that bookings of this session earn for. */
export interface VoxfareWalletAccountEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'voxfare.wallet.account'
  /** Names the account. */
  readonly account: string
  /** Who holds the key: this server for the traveller, or the traveller's own wallet. */
  readonly kind: 'custodial' | 'own'
  /** Where its rewards are paid to. */
  readonly address: string
  readonly balance: TokenAmount
}

/** A booking's reward reached a stage. A reorganisation of the chain can take it back to an earlier one. */
export interface VoxfareWalletRewardEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'voxfare.wallet.reward'
  /** Names the booking. */
  readonly booking: string
  /** What the traveller was told. */
  readonly reference: string
  readonly stage: RewardStage
  readonly wei: Wei
  /** The same in whole tokens, as it is written for people. */
  readonly trvl: string
  /** In words: what it was earned for, and what became of it. */
  readonly why: string
}

/** The account's balance changed, or what is on its way to it. */
export interface VoxfareWalletBalanceEvent {
  /** Names the event; unique in the session. */
  readonly event_id: string
  readonly type: 'voxfare.wallet.balance'
  readonly wei: Wei
  /** The same in whole tokens, as it is written for people. */
  readonly trvl: string
  readonly pending: TokenAmount
}

/** Signed 16-bit little-endian samples, one channel, 24 000 a second. */
export interface AudioFormatPcm {
  readonly type: 'audio/pcm'
  /** Samples a second; only 24 000 is known. */
  readonly rate?: 24000 | null
}

/** G.711 mu-law, one byte a sample, 8 000 a second. */
export interface AudioFormatPcmu {
  readonly type: 'audio/pcmu'
}

/** G.711 A-law, one byte a sample, 8 000 a second. */
export interface AudioFormatPcma {
  readonly type: 'audio/pcma'
}

/** How sound is written in events. Each direction has its own. */
export type AudioFormat = AudioFormatPcm | AudioFormatPcmu | AudioFormatPcma

/** What an answer is made of: sound with its transcript, or text alone. */
export type OutputModalities = readonly ('audio' | 'text')[]

/** How the caller's speech is written down. */
export interface InputTranscription {
  /** Taken and shown; the server's own recogniser does the work. */
  readonly model?: string | null
  /** BCP 47 tag of the language spoken. */
  readonly language?: string | null
  /** Words likely to occur, as a hint to the recogniser. */
  readonly prompt?: string | null
  /** Languages that may be spoken; the first is listened for, unless `language` names one. */
  readonly languages?: readonly string[] | null
  /** Words likely to occur, each by itself, as a hint to the recogniser. */
  readonly keywords?: readonly string[] | null
  /** How long a transcript may take for being better. Checked; ours is as good as it gets at once. */
  readonly delay?: 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | null
}

/** For whom noise is reduced before the voice is judged and understood. */
export interface NoiseReduction {
  /** A headset, or a microphone across the room. */
  readonly type: 'near_field' | 'far_field'
}

/** A turn ends after silence of a fixed length. */
export interface ServerVad {
  readonly type: 'server_vad'
  /** Voice probability that begins speech. */
  readonly threshold?: number
  /** Sound kept from before the onset. */
  readonly prefix_padding_ms?: number
  /** Silence that ends the turn. */
  readonly silence_duration_ms?: number
  /** Silence after an answer that calls for another one. */
  readonly idle_timeout_ms?: number | null
  /** Each turn is answered at once. */
  readonly create_response?: boolean
  /** Who speaks over an answer stops it. */
  readonly interrupt_response?: boolean
  /** Belongs to the other kind; null is let pass. */
  readonly eagerness?: null
}

/** A turn ends by the words, the sound and what was asked. */
export interface SemanticVad {
  readonly type: 'semantic_vad'
  /** How soon silence is taken for an end. */
  readonly eagerness?: 'low' | 'medium' | 'high' | 'auto'
  /** Each turn is answered at once. */
  readonly create_response?: boolean
  /** Who speaks over an answer stops it. */
  readonly interrupt_response?: boolean
  /** Belongs to the other kind; null is let pass. */
  readonly threshold?: null
  /** Belongs to the other kind; null is let pass. */
  readonly prefix_padding_ms?: null
  /** Belongs to the other kind; null is let pass. */
  readonly silence_duration_ms?: null
  /** Belongs to the other kind; null is let pass. */
  readonly idle_timeout_ms?: null
}

/** The kind stays as it is. */
export interface SameVad {
  /** Each turn is answered at once. */
  readonly create_response?: boolean
  /** Who speaks over an answer stops it. */
  readonly interrupt_response?: boolean
}

/** How the caller's turns are found; null leaves it to the client's commits. */
export type TurnDetection = ServerVad | SemanticVad | SameVad | null

/** The name of a voice, or an object that holds it. */
export type Voice = string | {
  /** The voice's name. */
  readonly id: string
}

/** A function of the client's that the concierge may call. At most 32 KiB as JSON. */
export interface FunctionTool {
  readonly type: 'function'
  /** Its name. */
  readonly name: string
  /** When it fits. The concierge matches the caller's words against it. */
  readonly description?: string | null
  /** A JSON schema of its arguments; every required one must have been said before it is called. */
  readonly parameters?: Readonly<Record<string, unknown>> | null
}

/** Some of a server's tools: by their names, and by what they say of themselves. */
export interface ToolFilter {
  /** Names. */
  readonly tool_names?: readonly string[] | null
  /** The tool says of itself that it changes nothing. */
  readonly read_only?: boolean | null
}

/** A server of tools elsewhere (Model Context Protocol) that we are to call. It is shown again without its secrets. */
export interface McpTool {
  readonly type: 'mcp'
  /** The client's name for it; each once. */
  readonly server_label: string
  /** Where it is. */
  readonly server_url: string
  /** What it is for. */
  readonly server_description?: string | null
  /** An access token for it; never shown again. */
  readonly authorization?: string | null
  /** HTTP headers for it; never shown again. */
  readonly headers?: Readonly<Record<string, string>> | null
  /** Which of its tools may be called; null for all. */
  readonly allowed_tools?: readonly string[] | ToolFilter | null
  /** Which calls need a yes of the client; null for all. */
  readonly require_approval?: 'always' | 'never' | null | {
    readonly always?: ToolFilter | null
    readonly never?: ToolFilter | null
  }
  /** Taken, of no consequence. */
  readonly defer_loading?: boolean | null
  /** Connectors are not known here. */
  readonly connector_id?: null
  /** Tunnels are not known here. */
  readonly tunnel_id?: null
}

/** A server of tools as it is shown again: without its secrets. */
export interface DeclaredMcpTool {
  readonly type: 'mcp'
  /** The client's name for it. */
  readonly server_label: string
  /** Where it is. */
  readonly server_url: string
}

/** A tool that a client offers. */
export type Tool = FunctionTool | McpTool

/** A tool as it is shown again. */
export type DeclaredTool = FunctionTool | DeclaredMcpTool

/** A tool of this server must be called. */
export interface ToolChoiceMcp {
  readonly type: 'mcp'
  /** The server. */
  readonly server_label: string
  /** This tool of it. */
  readonly name?: string | null
}

/** This function must be called. */
export interface ToolChoiceFunction {
  readonly type: 'function'
  /** Its name. */
  readonly name: string
}

/** Which tool may or must be called. */
export type ToolChoice = 'none' | 'auto' | 'required' | ToolChoiceFunction | ToolChoiceMcp

/** How long an answer may be, at four bytes of text a token; a longer one ends with a whole word and is `incomplete`. */
export type MaxOutputTokens = number | 'inf'

/** Keep this share of the conversation when it must be cut. */
export interface TruncationRetention {
  readonly type: 'retention_ratio'
  /** The share that is kept. */
  readonly retention_ratio: number
  /** Where the limit lies; the most that a conversation may hold without it. */
  readonly token_limits?: {
    /** Most tokens after the instructions. */
    readonly post_instructions: number
  }
}

/** What makes room in a conversation that grew too long: the oldest items one by one, nothing, or as many of the oldest as leave a part of the limit. Those that made room are told of as deleted. */
export type Truncation = 'auto' | 'disabled' | TruncationRetention

/** Up to 16 pairs of the client's own, shown again with the response. */
export type Metadata = Readonly<Record<string, string>>

/** The caller's side. */
export interface AudioInput {
  readonly format?: AudioFormat
  /** Null: no transcripts are told. */
  readonly transcription?: InputTranscription | null
  readonly noise_reduction?: NoiseReduction | null
  readonly turn_detection?: TurnDetection
}

/** Voxfare's side. */
export interface AudioOutput {
  readonly format?: AudioFormat
  readonly voice?: Voice
  /** How fast it speaks; 1 is its own pace. */
  readonly speed?: number
}

/** Whether one response may call several functions of the client, each for its own part of what was said. True unless it is said otherwise. */
export type ParallelToolCalls = boolean | null

/** Where traces go. Checked, kept and shown; it changes nothing. */
export type Tracing = 'auto' | null | {
  /** What is traced. */
  readonly workflow_name?: string | null
  /** What it belongs to. */
  readonly group_id?: string | null
  /** The client's own notes. */
  readonly metadata?: unknown
}

/** A stored prompt. Checked, kept and shown; it changes nothing. */
export interface Prompt {
  /** Its name. */
  readonly id: string
  /** Its version. */
  readonly version?: string | null
  /** What is put into it. */
  readonly variables?: Readonly<Record<string, string>> | null
}

/** How long to think. Checked, kept and shown; it changes nothing. */
export interface Reasoning {
  /** How long. */
  readonly effort?: 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | null
}

/** What a client may set of a session. A field that is not named stays as it is; one that is not known is refused with `unknown_parameter`. */
export interface SessionUpdate {
  /** A conversation, or transcripts alone: then nothing is ever answered. */
  readonly type?: 'realtime' | 'transcription'
  /** Any name; the built-in concierge answers, whatever it says. */
  readonly model?: string
  readonly output_modalities?: OutputModalities
  /** Kept and shown; they change nothing yet. At most 256 KiB. */
  readonly instructions?: string
  /** Both sides of the sound. */
  readonly audio?: {
    readonly input?: AudioInput
    readonly output?: AudioOutput
  }
  /** Tools the client offers; at most 16 servers among them, each label once. */
  readonly tools?: readonly Tool[]
  readonly tool_choice?: ToolChoice
  readonly max_output_tokens?: MaxOutputTokens
  readonly truncation?: Truncation
  readonly parallel_tool_calls?: ParallelToolCalls
  readonly tracing?: Tracing
  readonly prompt?: Prompt | null
  /** What else is to be told: how sure the recogniser was of each token of a transcript. */
  readonly include?: readonly 'item.input_audio_transcription.logprobs'[] | null
  readonly reasoning?: Reasoning | null
  /** The client's own notes. Kept and shown; it changes nothing. */
  readonly metadata?: Readonly<Record<string, unknown>> | null
  /** What was read of the server and is sent back: ignored. */
  readonly id?: unknown
  /** Ignored, as `id`. */
  readonly object?: unknown
  /** Ignored, as `id`. */
  readonly expires_at?: unknown
}

/** A session as the server shows it. */
export interface Session {
  /** Names the session. */
  readonly id: string
  /** The kind of object. */
  readonly object: 'realtime.session' | 'realtime.transcription_session'
  /** A conversation, or transcripts alone. */
  readonly type: 'realtime' | 'transcription'
  /** Unix seconds until which the session can be come back to. */
  readonly expires_at?: number
  /** The model's name, as the client gave it. */
  readonly model?: string
  readonly output_modalities?: OutputModalities
  /** As the client gave them. */
  readonly instructions?: string
  /** Both sides of the sound. */
  readonly audio: {
    /** The caller's side. */
    readonly input?: {
      readonly format?: AudioFormat
      /** How speech is written down. */
      readonly transcription?: {
        /** The recogniser. */
        readonly model?: string
        /** BCP 47 tag. */
        readonly language?: string
        /** The hint. */
        readonly prompt?: string
      } | null
      readonly noise_reduction?: NoiseReduction | null
      readonly turn_detection?: TurnDetection
    }
    /** Voxfare's side; missing in a transcription session. */
    readonly output?: {
      readonly format?: AudioFormat
      /** The voice's name; empty for the engine's own. */
      readonly voice?: string
      /** How fast it speaks. */
      readonly speed?: number
    }
  }
  /** Tools the client offers. */
  readonly tools?: readonly DeclaredTool[]
  readonly tool_choice?: ToolChoice
  readonly max_output_tokens?: MaxOutputTokens
  readonly truncation?: Truncation
  readonly parallel_tool_calls?: ParallelToolCalls
  /** As the client gave it. */
  readonly tracing?: unknown
  /** As the client gave it. */
  readonly prompt?: unknown
  /** As the client gave it. */
  readonly include?: unknown
  /** As the client gave it. */
  readonly reasoning?: unknown
  /** As the client gave it. */
  readonly metadata?: unknown
}

/** Text. */
export interface NewTextPart {
  readonly type: 'input_text'
  /** The words. */
  readonly text: string
}

/** Speech whose words are known. */
export interface NewSpeechPart {
  readonly type: 'input_audio'
  /** The words. */
  readonly transcript: string
  /** Ignored: the words are there. */
  readonly audio?: unknown
}

/** Speech whose words are not known: it is recognised, and the item gets its transcript. Not in a response's own input. */
export interface NewSoundPart {
  readonly type: 'input_audio'
  /** Base64 sound in the session's input format. */
  readonly audio: string
  /** Not known. */
  readonly transcript?: null
}

/** A picture. It is kept and shown again; nobody looks at it. */
export interface NewPicturePart {
  readonly type: 'input_image'
  /** A PNG or JPEG as a data URI. */
  readonly image_url: string
  /** How closely it is to be looked at. */
  readonly detail?: 'auto' | 'low' | 'high' | null
}

/** A part of what a user said. */
export type NewInputPart = NewTextPart | NewSpeechPart | NewSoundPart | NewPicturePart

/** A part of what the assistant said. */
export type NewOutputPart = {
  readonly type: 'output_text'
  /** The words. */
  readonly text: string
} | {
  readonly type: 'output_audio'
  /** The words. */
  readonly transcript: string
  /** Ignored. */
  readonly audio?: unknown
}

/** What a user said. */
export interface NewUserMessage {
  /** The name the client gives it; the server makes one when it is missing. */
  readonly id?: string | null
  /** Ignored. */
  readonly object?: unknown
  /** Ignored. */
  readonly status?: unknown
  readonly type: 'message'
  /** Who said it. */
  readonly role: 'user'
  /** Its parts; together 1 byte to 64 KiB of words. */
  readonly content: readonly NewInputPart[]
}

/** What the system said. */
export interface NewSystemMessage {
  /** The name the client gives it; the server makes one when it is missing. */
  readonly id?: string | null
  /** Ignored. */
  readonly object?: unknown
  /** Ignored. */
  readonly status?: unknown
  readonly type: 'message'
  /** Who said it. */
  readonly role: 'system'
  /** Its parts; together 1 byte to 64 KiB of words. */
  readonly content: readonly NewTextPart[]
}

/** What the assistant said. */
export interface NewAssistantMessage {
  /** The name the client gives it; the server makes one when it is missing. */
  readonly id?: string | null
  /** Ignored. */
  readonly object?: unknown
  /** Ignored. */
  readonly status?: unknown
  readonly type: 'message'
  /** Who said it. */
  readonly role: 'assistant'
  /** Its parts; together 1 byte to 64 KiB of words. */
  readonly content: readonly NewOutputPart[]
}

/** A call of a function, told by the client. */
export interface NewFunctionCall {
  /** The name the client gives it; the server makes one when it is missing. */
  readonly id?: string | null
  /** Ignored. */
  readonly object?: unknown
  /** Ignored. */
  readonly status?: unknown
  readonly type: 'function_call'
  /** Names the call. */
  readonly call_id?: string
  /** The function. */
  readonly name: string
  /** JSON, as text. */
  readonly arguments: string
}

/** What a function answered; the next `response.create` tells it in words. */
export interface NewFunctionCallOutput {
  /** The name the client gives it; the server makes one when it is missing. */
  readonly id?: string | null
  /** Ignored. */
  readonly object?: unknown
  /** Ignored. */
  readonly status?: unknown
  readonly type: 'function_call_output'
  /** The call it answers. */
  readonly call_id: string
  /** The answer. */
  readonly output: string
}

/** A yes or no to the call of a server's tool. */
export interface NewMcpApprovalResponse {
  /** The name the client gives it; the server makes one when it is missing. */
  readonly id?: string | null
  readonly type: 'mcp_approval_response'
  /** The request it answers. */
  readonly approval_request_id: string
  /** Yes. */
  readonly approve: boolean
  /** Why. */
  readonly reason?: string | null
}

/** An item of the client's making. */
export type NewItem = NewUserMessage | NewSystemMessage | NewAssistantMessage | NewFunctionCall | NewFunctionCallOutput | NewMcpApprovalResponse

/** A part of a message. `text` goes with the text kinds, `transcript` with the sound kinds. */
export interface ContentPart {
  /** What it is. */
  readonly type: 'input_text' | 'input_audio' | 'input_image' | 'output_text' | 'output_audio'
  /** The words of a text. */
  readonly text?: string
  /** The words of a sound. */
  readonly transcript?: string | null
  /** Base64 sound in the session's input format. Empty, but in what was asked for by `conversation.item.retrieve`: there it is what was heard, of the last half minute. */
  readonly audio?: string
  /** A picture. */
  readonly image_url?: string
  /** How closely an image is looked at. */
  readonly detail?: string
}

/** Something said. */
export interface Message {
  /** Names the item. */
  readonly id: string
  readonly object?: 'realtime.item'
  /** How far it has got. */
  readonly status?: 'completed' | 'incomplete' | 'in_progress'
  readonly type: 'message'
  /** Who said it. */
  readonly role: 'user' | 'assistant' | 'system'
  /** Its parts, in order. */
  readonly content: readonly ContentPart[]
}

/** A call of a client's function. */
export interface FunctionCall {
  /** Names the item. */
  readonly id: string
  readonly object?: 'realtime.item'
  /** How far it has got. */
  readonly status?: 'completed' | 'incomplete' | 'in_progress'
  readonly type: 'function_call'
  /** Names the call; its output names it again. */
  readonly call_id: string
  /** The function. */
  readonly name: string
  /** JSON, as text; empty until it is whole. */
  readonly arguments: string
}

/** What a function answered. */
export interface FunctionCallOutput {
  /** Names the item. */
  readonly id: string
  readonly object?: 'realtime.item'
  /** How far it has got. */
  readonly status?: 'completed' | 'incomplete' | 'in_progress'
  readonly type: 'function_call_output'
  /** The call it answers. */
  readonly call_id: string
  /** The answer. */
  readonly output: string
}

/** A remote tool asks for leave. */
export interface McpApprovalRequest {
  readonly type: 'mcp_approval_request'
  /** Names the request. */
  readonly id: string
  /** The tool's server. */
  readonly server_label: string
  /** The tool. */
  readonly name: string
  /** JSON, as text. */
  readonly arguments: string
}

/** Leave given or refused. */
export interface McpApprovalResponse {
  readonly type: 'mcp_approval_response'
  /** Names the item. */
  readonly id: string
  /** The request it answers. */
  readonly approval_request_id: string
  /** Leave is given. */
  readonly approve: boolean
  /** Why not. */
  readonly reason?: string | null
}

/** The tools of a remote server. */
export interface McpListTools {
  readonly type: 'mcp_list_tools'
  /** Names the item. */
  readonly id?: string
  /** The server. */
  readonly server_label: string
  /** Its tools. */
  readonly tools: readonly ({
    /** Its name. */
    readonly name: string
    /** What it does. */
    readonly description?: string | null
    /** A JSON schema of its arguments. */
    readonly input_schema: Readonly<Record<string, unknown>>
    /** Hints about it. */
    readonly annotations?: Readonly<Record<string, unknown>> | null
  })[]
}

/** A call of a remote tool. */
export interface McpCall {
  readonly type: 'mcp_call'
  /** Names the call. */
  readonly id: string
  /** The tool's server. */
  readonly server_label: string
  /** The tool. */
  readonly name: string
  /** JSON, as text. */
  readonly arguments: string
  /** The leave it had. */
  readonly approval_request_id?: string | null
  /** What it answered. */
  readonly output?: string | null
  /** Why it failed. */
  readonly error?: {
    /** Where it failed. */
    readonly type: 'protocol_error' | 'tool_execution_error' | 'http_error'
    /** The error's number. */
    readonly code?: number
    /** What went wrong. */
    readonly message: string
  } | null
}

/** An item of the conversation, as the server shows it. */
export type Item = Message | FunctionCall | FunctionCallOutput | McpApprovalRequest | McpApprovalResponse | McpListTools | McpCall

/** An item of the conversation. */
export interface ItemReference {
  readonly type: 'item_reference'
  /** The item. */
  readonly id: string
}

/** An item of its own, or one of the conversation. */
export type ResponseInput = NewItem | ItemReference

/** What a client wants of one response; what is not said is as in the session, and null counts as not said. */
export interface ResponseRequest {
  readonly output_modalities?: OutputModalities | null
  /** Its sound. */
  readonly audio?: {
    /** Its sound. */
    readonly output?: {
      readonly format?: AudioFormat | null
      readonly voice?: Voice | null
    } | null
  } | null
  /** The functions that may be called. */
  readonly tools?: readonly Tool[] | null
  readonly tool_choice?: ToolChoice | null
  readonly metadata?: Metadata | null
  /** `none`: it leaves no trace in the conversation. */
  readonly conversation?: 'auto' | 'none' | null
  /** Its own input, instead of the conversation. */
  readonly input?: readonly ResponseInput[] | null
  /** Checked, of no consequence yet. */
  readonly instructions?: string | null
  readonly max_output_tokens?: MaxOutputTokens | null
  readonly parallel_tool_calls?: ParallelToolCalls
  readonly reasoning?: Reasoning | null
  readonly prompt?: Prompt | null
}

/** Why a response ended as it did. */
export interface ResponseStatusDetails {
  /** How it ended. */
  readonly type?: 'completed' | 'cancelled' | 'failed' | 'incomplete'
  /** The caller spoke, the client asked, or a bound was met. */
  readonly reason?: 'turn_detected' | 'client_cancelled' | 'max_output_tokens' | 'content_filter'
  /** What failed. */
  readonly error?: {
    /** The kind of error. */
    readonly type?: string
    /** A fixed word. */
    readonly code?: string | null
  }
}

/** What it cost in tokens. This server bills none and says null. */
export interface Usage {
  /** All tokens. */
  readonly total_tokens?: number
  /** Of the input. */
  readonly input_tokens?: number
  /** Of the output. */
  readonly output_tokens?: number
  /** By kind. */
  readonly input_token_details?: Readonly<Record<string, unknown>>
  /** By kind. */
  readonly output_token_details?: Readonly<Record<string, unknown>>
}

/** One answer. Here it has at most one item. */
export interface Response {
  /** Names the response. */
  readonly id: string
  readonly object: 'realtime.response'
  /** How far it has got. */
  readonly status: 'in_progress' | 'completed' | 'cancelled' | 'failed' | 'incomplete'
  readonly status_details?: ResponseStatusDetails | null
  /** What it is made of; empty until it is done. */
  readonly output: readonly Item[]
  /** The conversation; null for a response that leaves no trace. */
  readonly conversation_id?: string | null
  readonly output_modalities?: OutputModalities
  readonly max_output_tokens?: MaxOutputTokens
  readonly metadata?: Metadata | null
  /** Its sound. */
  readonly audio?: {
    /** Its sound. */
    readonly output?: {
      readonly format?: AudioFormat
      /** The voice's name. */
      readonly voice?: string
    }
  }
  readonly usage?: Usage | null
}

/** An amount in minor units, never a fraction. */
export interface Money {
  /** Minor units (cents of USD). */
  readonly minor: number
  /** ISO 4217 code. */
  readonly currency: string
}

/** Who travels. */
export interface Party {
  /** Aged 12 and over. */
  readonly adults: number
  /** Aged 2 to 11. */
  readonly children: number
  /** Under 2, on a lap. */
  readonly infants: number
}

/** One take-off and landing. */
export interface Segment {
  /** IATA code of the airline. */
  readonly airline: string
  /** Its name, as people say it. */
  readonly airline_name: string
  /** Flight number without the airline. */
  readonly number: number
  /** IATA airport. */
  readonly origin: string
  /** IATA airport. */
  readonly destination: string
  /** Local civil time, without a zone. */
  readonly departs: string
  /** Local civil time, without a zone. */
  readonly arrives: string
  /** The instant. */
  readonly departs_at: string
  /** The instant. */
  readonly arrives_at: string
  /** The model, as people say it. */
  readonly aircraft: string
}

/** One direction of a journey. */
export interface Itinerary {
  /** In order. */
  readonly segments: readonly Segment[]
}

/** What the fare allows. */
export interface FareRules {
  /** The fare's name. */
  readonly brand: string
  /** Cabin bags for each traveller. */
  readonly cabin_bags: number
  /** Checked bags for each traveller. */
  readonly checked_bags: number
  /** The price of a change; null when none is allowed. */
  readonly change_fee: Money | null
  /** It is refundable minus this; null when it is not. */
  readonly refund_fee: Money | null
}

/** `synthetic` is the built-in demonstration world: nothing is really sold. */
export type Source = 'synthetic' | 'live'

/** A priced journey. */
export interface FlightOffer {
  /** Names the offer. */
  readonly id: string
  /** One itinerary a direction. */
  readonly legs: readonly Itinerary[]
  readonly party: Party
  /** The cabin. */
  readonly cabin: 'economy' | 'premium_economy' | 'business' | 'first'
  /** For the whole party, taxes included. */
  readonly total: Money
  /** Seats left at this price. */
  readonly seats_left: number
  readonly rules: FareRules
  readonly source: Source
}

/** A priced stay. */
export interface HotelOffer {
  /** Names the offer. */
  readonly id: string
  /** The house. */
  readonly name: string
  /** Part of town. */
  readonly district: string
  /** City. */
  readonly city: string
  /** 1 to 5. */
  readonly stars: number
  /** Day. */
  readonly check_in: string
  /** Day. */
  readonly check_out: string
  /** For the whole stay, taxes included. */
  readonly total: Money
  /** It may be cancelled for nothing until the day before. */
  readonly free_cancellation: boolean
  readonly source: Source
}

/** A name as it will stand on the ticket. */
export interface Traveller {
  /** Given names. */
  readonly given: string
  /** Family name. */
  readonly family: string
}

/** What is being bought. */
export type TravelItem = {
  readonly kind: 'flight'
  readonly offer: FlightOffer
} | {
  readonly kind: 'hotel'
  readonly offer: HotelOffer
}

/** A booking that is kept. */
export interface Booking {
  /** What the traveller is told. */
  readonly reference: string
  /** Whether it stands. */
  readonly state: 'confirmed' | 'cancelled'
  /** The instant. */
  readonly made_at: string
  /** What was bought, for whom. */
  readonly order: {
    readonly item: TravelItem
    /** For whom. */
    readonly travellers?: readonly Traveller[]
  }
}

/** Something to show beside the talk. */
export type Card = {
  readonly kind: 'flights'
  /** Best first. */
  readonly offers: readonly FlightOffer[]
} | {
  readonly kind: 'hotels'
  /** Best first. */
  readonly offers: readonly HotelOffer[]
} | {
  readonly kind: 'quote'
  readonly item: TravelItem
  /** For whom. */
  readonly travellers?: readonly Traveller[]
} | {
  readonly kind: 'booking'
  readonly booking: Booking
}

/** An amount of TRVL in its smallest unit, 10^-18 of a token, as decimal digits: it is larger than a JSON number can hold. */
export type Wei = string

/** An amount of TRVL. */
export interface TokenAmount {
  readonly wei: Wei
  /** The same in whole tokens, as it is written for people; nothing is computed with it. */
  readonly trvl: string
}

/** How far a booking's reward is: `nothing` was to be earned; `earned`, its voucher is not signed yet; `issued`, the voucher is signed; `claimed` on the chain, waiting until it may be paid; `paid`, not yet deep enough in the chain to count; `settled`; `reversing`, taken back and not yet deep enough; `reversed`; `owing`, paid for a booking that was cancelled later. */
export type RewardStage = 'nothing' | 'earned' | 'issued' | 'claimed' | 'paid' | 'settled' | 'reversing' | 'reversed' | 'owing'

/** One turn's time line: each mark in ms after the last speech sample, null when it was not passed. */
export interface Breakdown {
  /** The turn was found to be over. */
  readonly endpoint: number | null
  /** The transcript was whole. */
  readonly transcript: number | null
  /** The first word of the answer was there. */
  readonly first_token: number | null
  /** Its first sound was there. */
  readonly first_audio: number | null
  /** Its first packet went out. */
  readonly first_packet: number | null
  /** The answer was begun before the end of the turn was certain. */
  readonly speculative?: boolean
}

/** The type of every event a client may send. */
export const CLIENT_EVENT_TYPES = [
  'session.update',
  'input_audio_buffer.append',
  'input_audio_buffer.commit',
  'input_audio_buffer.clear',
  'conversation.item.create',
  'conversation.item.retrieve',
  'conversation.item.truncate',
  'conversation.item.delete',
  'response.create',
  'response.cancel',
  'output_audio_buffer.clear',
  'voxfare.item.heard',
  'voxfare.account.use',
] as const satisfies readonly ClientEvent['type'][]

/** The type of every event a server may send. */
export const SERVER_EVENT_TYPES = [
  'error',
  'session.created',
  'session.updated',
  'conversation.created',
  'conversation.item.added',
  'conversation.item.done',
  'conversation.item.created',
  'conversation.item.retrieved',
  'conversation.item.truncated',
  'conversation.item.deleted',
  'conversation.item.input_audio_transcription.delta',
  'conversation.item.input_audio_transcription.completed',
  'conversation.item.input_audio_transcription.segment',
  'conversation.item.input_audio_transcription.failed',
  'input_audio_buffer.committed',
  'input_audio_buffer.cleared',
  'input_audio_buffer.speech_started',
  'input_audio_buffer.speech_stopped',
  'input_audio_buffer.timeout_triggered',
  'input_audio_buffer.dtmf_event_received',
  'output_audio_buffer.started',
  'output_audio_buffer.stopped',
  'output_audio_buffer.cleared',
  'response.created',
  'response.done',
  'response.output_item.added',
  'response.output_item.done',
  'response.content_part.added',
  'response.content_part.done',
  'response.output_text.delta',
  'response.output_text.done',
  'response.output_audio.delta',
  'response.output_audio.done',
  'response.output_audio_transcript.delta',
  'response.output_audio_transcript.done',
  'response.function_call_arguments.delta',
  'response.function_call_arguments.done',
  'response.mcp_call_arguments.delta',
  'response.mcp_call_arguments.done',
  'response.mcp_call.in_progress',
  'response.mcp_call.completed',
  'response.mcp_call.failed',
  'mcp_list_tools.in_progress',
  'mcp_list_tools.completed',
  'mcp_list_tools.failed',
  'rate_limits.updated',
  'voxfare.session',
  'voxfare.resumed',
  'voxfare.partial',
  'voxfare.playout',
  'voxfare.task',
  'voxfare.card',
  'voxfare.latency',
  'voxfare.network',
  'voxfare.ended',
  'voxfare.draining',
  'voxfare.wallet.account',
  'voxfare.wallet.reward',
  'voxfare.wallet.balance',
] as const satisfies readonly ServerEvent['type'][]

/** The type of an event a client may send. */
export type ClientEventType = ClientEvent['type']

/** The type of an event a server may send. */
export type ServerEventType = ServerEvent['type']

/** One server event, by its type. */
export type ServerEventOf<T extends ServerEventType> = Extract<ServerEvent, { readonly type: T }>

/** One client event, by its type. */
export type ClientEventOf<T extends ClientEventType> = Extract<ClientEvent, { readonly type: T }>
