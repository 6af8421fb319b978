"""The four client libraries behind one face, so that one test runs through any of them."""

import base64
import json
from dataclasses import dataclass, field

import anthropic
import openai
from google import genai
from google.genai import types

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\nnot really").decode()
PDF = base64.b64encode(b"%PDF-1.4 not really").decode()
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
          "additionalProperties": False}


@dataclass
class Said:
    """An answer, whatever library it came through."""

    text: str = ""
    calls: list = field(default_factory=list)  #: (name, arguments as a value), in order
    ids: list = field(default_factory=list)
    reasoning: str = ""
    stop: str = ""  #: stop, length, tools or filter
    usage: tuple = ()  #: (input with cached, output with reasoning)
    headers: dict = field(default_factory=dict)

    @property
    def dropped(self):
        return [name.strip() for name in self.headers.get("x-lip-dropped-fields", "").split(",") if name.strip()]


@dataclass
class Asked:
    """A request, whatever library it goes through.

    `turns` are (role, parts); a part is a text, ("image",), ("document",), ("call", id, name, arguments) or
    ("result", id, name, text).
    """

    turns: list
    system: str | None = None
    tools: list = field(default_factory=list)  #: names; each takes SCHEMA
    tool_choice: str | None = None  #: any
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = 500
    stop: list | None = None
    effort: str | None = None
    schema: dict | None = None


class Refused(Exception):
    """An error, as the library raised it."""

    def __init__(self, status, message, error):
        super().__init__(f"{status}: {message}")
        self.status, self.message, self.error = status, message, error


def ask(text="Hello", **more):
    return Asked([("user", [text])], **more)


class Chat:
    name = "openai-chat"

    def __init__(self, lip):
        self.client = openai.OpenAI(api_key="sk-client-key", base_url=f"{lip.url}/v1", max_retries=0, timeout=30)

    def request(self, model, asked):
        messages = [{"role": "system", "content": asked.system}] if asked.system else []
        for role, parts in asked.turns:
            calls = [part for part in parts if part[0] == "call" and not isinstance(part, str)]
            results = [part for part in parts if part[0] == "result" and not isinstance(part, str)]
            content = []
            for part in parts:
                if isinstance(part, str):
                    content.append({"type": "text", "text": part})
                elif part[0] == "image":
                    content.append({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}})
                elif part[0] == "document":
                    content.append({"type": "file", "file": {
                        "filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"}})
            for part in results:
                messages.append({"role": "tool", "tool_call_id": part[1], "content": part[3]})
            message = {"role": role, "content": content}
            if calls:
                message["tool_calls"] = [
                    {"id": part[1], "type": "function",
                     "function": {"name": part[2], "arguments": json.dumps(part[3])}} for part in calls]
                if not content:
                    message["content"] = None
            if content or calls:
                messages.append(message)
        body = {"model": model, "messages": messages, "temperature": asked.temperature, "top_p": asked.top_p,
                "max_completion_tokens": asked.max_tokens, "stop": asked.stop, "reasoning_effort": asked.effort}
        if asked.tools:
            body["tools"] = [{"type": "function", "function": {"name": name, "description": name, "parameters": SCHEMA}}
                             for name in asked.tools]
        if asked.tool_choice:
            body["tool_choice"] = "required"
        if asked.schema:
            body["response_format"] = {
                "type": "json_schema", "json_schema": {"name": "city", "schema": asked.schema, "strict": True}}
        return {key: value for key, value in body.items() if value is not None}

    def ask(self, model, asked, stream=False):
        body = self.request(model, asked)
        try:
            if not stream:
                raw = self.client.chat.completions.with_raw_response.create(**body)
                answer, headers = raw.parse(), raw.headers
            else:
                with self.client.chat.completions.with_streaming_response.create(
                        **body, stream=True, stream_options={"include_usage": True}) as raw:
                    headers = raw.headers
                    return self.collected(raw.parse(), headers)
        except openai.APIError as error:
            # An error inside a stream has no status.
            raise Refused(getattr(error, "status_code", None), error.message, error) from error
        message = answer.choices[0].message
        return Said(
            message.content or "", [(call.function.name, json.loads(call.function.arguments))
                                    for call in message.tool_calls or []],
            [call.id for call in message.tool_calls or []], getattr(message, "reasoning_content", None) or "",
            self.stop(answer.choices[0].finish_reason),
            (answer.usage.prompt_tokens, answer.usage.completion_tokens) if answer.usage else (), dict(headers))

    def collected(self, events, headers):
        said, names, arguments = Said(headers=dict(headers)), {}, {}
        for chunk in events:
            if chunk.usage:
                said.usage = (chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
            for choice in chunk.choices:
                said.text += choice.delta.content or ""
                said.reasoning += getattr(choice.delta, "reasoning_content", None) or ""
                for call in choice.delta.tool_calls or []:
                    if call.id:
                        said.ids.append(call.id)
                        names[call.index] = call.function.name
                    arguments[call.index] = arguments.get(call.index, "") + (call.function.arguments or "")
                if choice.finish_reason:
                    said.stop = self.stop(choice.finish_reason)
        said.calls = [(names[index], json.loads(arguments[index])) for index in sorted(names)]
        return said

    @staticmethod
    def stop(reason):
        return {"stop": "stop", "length": "length", "tool_calls": "tools", "content_filter": "filter"}[reason]


class Responses:
    name = "openai-responses"

    def __init__(self, lip):
        self.client = openai.OpenAI(api_key="sk-client-key", base_url=f"{lip.url}/v1", max_retries=0, timeout=30)

    def request(self, model, asked):
        items = []
        for role, parts in asked.turns:
            content = []
            for part in parts:
                if isinstance(part, str):
                    content.append({"type": "output_text" if role == "assistant" else "input_text", "text": part})
                elif part[0] == "image":
                    content.append({"type": "input_image", "image_url": f"data:image/png;base64,{PNG}",
                                    "detail": "auto"})
                elif part[0] == "document":
                    content.append({"type": "input_file", "filename": "a.pdf",
                                    "file_data": f"data:application/pdf;base64,{PDF}"})
            if content:
                items.append({"type": "message", "role": role, "content": content})
            for part in parts:
                if part[0] == "call" and not isinstance(part, str):
                    items.append({"type": "function_call", "call_id": part[1], "name": part[2],
                                  "arguments": json.dumps(part[3])})
                elif part[0] == "result" and not isinstance(part, str):
                    items.append({"type": "function_call_output", "call_id": part[1], "output": part[3]})
        body = {"model": model, "input": items, "instructions": asked.system, "temperature": asked.temperature,
                "top_p": asked.top_p, "max_output_tokens": asked.max_tokens}
        if asked.effort:
            body["reasoning"] = {"effort": asked.effort}
        if asked.tools:
            body["tools"] = [{"type": "function", "name": name, "description": name, "parameters": SCHEMA,
                              "strict": True} for name in asked.tools]
        if asked.tool_choice:
            body["tool_choice"] = "required"
        if asked.schema:
            body["text"] = {"format": {"type": "json_schema", "name": "city", "schema": asked.schema, "strict": True}}
        return {key: value for key, value in body.items() if value is not None}

    def ask(self, model, asked, stream=False):
        body = self.request(model, asked)
        try:
            if not stream:
                raw = self.client.responses.with_raw_response.create(**body)
                return self.said(raw.parse(), raw.headers)
            with self.client.responses.with_streaming_response.create(**body, stream=True) as raw:
                numbers, last, text = [], None, ""
                for event in raw.parse():
                    numbers.append(event.sequence_number)
                    if event.type == "response.output_text.delta":
                        text += event.delta
                    if event.type in ("error", "response.failed"):
                        # The library hands these over, rather than raise them.
                        error = event if event.type == "error" else event.response.error
                        raise Refused(None, error.message, event)
                    if event.type in ("response.completed", "response.incomplete"):
                        last = event.response
                assert numbers == list(range(len(numbers))), "the sequence numbers have a gap"
                said = self.said(last, raw.headers)
                assert said.text == text
                return said
        except openai.APIStatusError as error:
            raise Refused(error.status_code, error.message, error) from error

    def said(self, response, headers):
        said = Said(headers=dict(headers))
        for item in response.output:
            if item.type == "message":
                said.text += "".join(part.text for part in item.content if part.type == "output_text")
            elif item.type == "function_call":
                said.calls.append((item.name, json.loads(item.arguments)))
                said.ids.append(item.call_id)
            elif item.type == "reasoning":
                said.reasoning += "".join(part.text for part in item.summary)
                said.reasoning += "".join(part.text for part in getattr(item, "content", None) or [])
        if response.status == "incomplete":
            said.stop = {"max_output_tokens": "length", "content_filter": "filter"}[response.incomplete_details.reason]
        else:
            said.stop = "tools" if said.calls else "stop"
        if response.usage:
            said.usage = (response.usage.input_tokens, response.usage.output_tokens)
        return said


class Messages:
    name = "anthropic-messages"

    def __init__(self, lip):
        self.client = anthropic.Anthropic(api_key="sk-client-key", base_url=lip.url, max_retries=0, timeout=30)

    def request(self, model, asked):
        messages = []
        for role, parts in asked.turns:
            content = []
            for part in parts:
                if isinstance(part, str):
                    content.append({"type": "text", "text": part})
                elif part[0] == "image":
                    content.append({"type": "image", "source": {
                        "type": "base64", "media_type": "image/png", "data": PNG}})
                elif part[0] == "document":
                    content.append({"type": "document", "source": {
                        "type": "base64", "media_type": "application/pdf", "data": PDF}, "title": "a.pdf"})
                elif part[0] == "call":
                    content.append({"type": "tool_use", "id": part[1], "name": part[2], "input": part[3]})
                elif part[0] == "result":
                    content.append({"type": "tool_result", "tool_use_id": part[1], "content": part[3]})
            messages.append({"role": role, "content": content})
        body = {"model": model, "messages": messages, "system": asked.system, "temperature": asked.temperature,
                "top_p": asked.top_p, "max_tokens": asked.max_tokens or 500, "stop_sequences": asked.stop}
        # The library has no names for these any more, the protocol has.
        body["extra_body"] = {key: body.pop(key) for key in ("temperature", "top_p") if body[key] is not None}
        if asked.effort:
            body["thinking"] = {"type": "enabled", "budget_tokens": 1024}
            body["max_tokens"] = 4096
        if asked.tools:
            body["tools"] = [{"name": name, "description": name, "input_schema": SCHEMA} for name in asked.tools]
        if asked.tool_choice:
            body["tool_choice"] = {"type": "any"}
        if asked.schema:
            body["output_config"] = {"format": {"type": "json_schema", "schema": asked.schema}}
        return {key: value for key, value in body.items() if value is not None}

    def ask(self, model, asked, stream=False):
        body = self.request(model, asked)
        try:
            if not stream:
                raw = self.client.messages.with_raw_response.create(**body)
                return self.said(raw.parse(), raw.headers)
            with self.client.messages.stream(**body) as events:
                for _ in events:
                    pass
                return self.said(events.get_final_message(), events.response.headers)
        except anthropic.APIStatusError as error:
            raise Refused(error.status_code, error.message, error) from error

    def said(self, message, headers):
        said = Said(headers=dict(headers))
        for block in message.content:
            if block.type == "text":
                said.text += block.text
            elif block.type == "tool_use":
                said.calls.append((block.name, block.input))
                said.ids.append(block.id)
            elif block.type == "thinking":
                said.reasoning += block.thinking
        said.stop = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "tool_use": "tools",
                     "refusal": "filter"}[message.stop_reason]
        usage = message.usage
        said.usage = (usage.input_tokens + (usage.cache_read_input_tokens or 0)
                      + (usage.cache_creation_input_tokens or 0), usage.output_tokens)
        return said


class Gemini:
    name = "gemini"

    def __init__(self, lip):
        self.client = genai.Client(api_key="sk-client-key", http_options=types.HttpOptions(base_url=lip.url))

    def request(self, asked):
        contents = []
        for role, parts in asked.turns:
            content = []
            for part in parts:
                if isinstance(part, str):
                    content.append(types.Part(text=part))
                elif part[0] == "image":
                    content.append(types.Part.from_bytes(data=base64.b64decode(PNG), mime_type="image/png"))
                elif part[0] == "document":
                    content.append(types.Part.from_bytes(data=base64.b64decode(PDF), mime_type="application/pdf"))
                elif part[0] == "call":
                    content.append(types.Part(function_call=types.FunctionCall(
                        id=part[1], name=part[2], args=part[3])))
                elif part[0] == "result":
                    content.append(types.Part(function_response=types.FunctionResponse(
                        id=part[1], name=part[2], response={"output": part[3]})))
            contents.append(types.Content(role="model" if role == "assistant" else "user", parts=content))
        config = types.GenerateContentConfig(
            system_instruction=asked.system, temperature=asked.temperature, top_p=asked.top_p,
            max_output_tokens=asked.max_tokens, stop_sequences=asked.stop,
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True))
        if asked.effort:
            config.thinking_config = types.ThinkingConfig(thinking_budget=1024, include_thoughts=True)
        if asked.tools:
            config.tools = [types.Tool(function_declarations=[
                types.FunctionDeclaration(name=name, description=name, parameters_json_schema=SCHEMA)
                for name in asked.tools])]
        if asked.tool_choice:
            config.tool_config = types.ToolConfig(
                function_calling_config=types.FunctionCallingConfig(mode="ANY"))
        if asked.schema:
            config.response_mime_type = "application/json"
            config.response_json_schema = asked.schema
        return contents, config

    def ask(self, model, asked, stream=False):
        contents, config = self.request(asked)
        try:
            if stream:
                parts = list(self.client.models.generate_content_stream(model=model, contents=contents, config=config))
            else:
                parts = [self.client.models.generate_content(model=model, contents=contents, config=config)]
        except genai.errors.APIError as error:
            raise Refused(error.code, error.message, error) from error
        said = Said()
        for answer in parts:
            said.headers |= {name.lower(): value for name, value in (answer.sdk_http_response.headers or {}).items()}
            if answer.usage_metadata and answer.usage_metadata.prompt_token_count is not None:
                usage = answer.usage_metadata
                said.usage = (usage.prompt_token_count,
                              (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0))
            for candidate in answer.candidates or []:
                for part in (candidate.content.parts if candidate.content else None) or []:
                    if part.function_call:
                        said.calls.append((part.function_call.name, part.function_call.args))
                        said.ids.append(part.function_call.id)
                    elif part.thought:
                        said.reasoning += part.text or ""
                    else:
                        said.text += part.text or ""
                if candidate.finish_reason:
                    said.stop = {"STOP": "stop", "MAX_TOKENS": "length", "SAFETY": "filter"}[
                        candidate.finish_reason.value]
        if said.stop == "stop" and said.calls:
            said.stop = "tools"
        return said


FRONTENDS = {client.name: client for client in (Chat, Responses, Messages, Gemini)}
