/// Requests that use every member of the dialect.
enum GeminiCorpus {
    static let valid: [String] = [
        Gemini.request(),
        Gemini.request(
            #""system_instruction":{"parts":{"text":"You are a cat."}}"#, contents: #"{"parts":{"text":"hi"}}"#),
        Gemini.request(
            #""generationConfig":{"temperature":0.7,"topP":0.9,"topK":40.0,"maxOutputTokens":10,"stopSequences":["a","\n"],"candidateCount":2,"seed":-7,"presencePenalty":0.1,"frequencyPenalty":-0.1,"responseLogprobs":true,"logprobs":3,"responseModalities":["TEXT","IMAGE"],"speechConfig":{"voiceConfig":{"x":1.00}},"thinkingConfig":{"thinkingBudget":-1,"includeThoughts":true}}"#
        ),
        Gemini.request(
            #""generation_config":{"top_p":1,"max_output_tokens":"100","thinking_config":{"thinking_level":"LOW"},"media_resolution":"MEDIA_RESOLUTION_LOW"},"safety_settings":[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"BLOCK_NONE"}],"cached_content":"cachedContents/1","labels":{"a":"b"}"#
        ),
        Gemini.request(
            #""generationConfig":{"responseMimeType":"application/json","responseSchema":{"type":"OBJECT","properties":{"a":{"type":"STRING","nullable":true},"b":{"type":"ARRAY","items":{"type":"INTEGER"},"minItems":"1"}},"required":["a"],"propertyOrdering":["a","b"]}}"#
        ),
        Gemini.request(
            #""generationConfig":{"responseMimeType":"application/json","responseJsonSchema":{"type":"object","additionalProperties":false,"x":1.00}}"#
        ),
        Gemini.request(#""generationConfig":{"responseMimeType":"application/json"}"#),
        Gemini.request(#""generationConfig":{"responseMimeType":"text/plain"}"#),
        Gemini.request(
            #""generationConfig":{"responseMimeType":"text/x.enum","responseSchema":{"type":"STRING","enum":["a","b"]}}"#
        ),
        Gemini.request(
            #""tools":[{"functionDeclarations":[{"name":"f","description":"d","parameters":{"type":"OBJECT","properties":{"x":{"type":"STRING","example":"y"}}},"behavior":"BLOCKING"},{"name":"g","parametersJsonSchema":{"type":"object","properties":{}}}]},{"googleSearch":{}},{"codeExecution":{}},{"url_context":{}},{"functionDeclarations":[{"name":"h"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f","g"]},"retrievalConfig":{"latLng":{"latitude":1.50}}}"#
        ),
        Gemini.request(
            #""tools":{"function_declarations":[{"name":"f"}]},"tool_config":{"function_calling_config":{"mode":"VALIDATED","allowed_function_names":["f"],"stream_function_call_arguments":true}}"#
        ),
        Gemini.request(
            #""tools":[{"functionDeclarations":[{"name":"f"}]}],"toolConfig":{"functionCallingConfig":{"mode":"NONE"}}"#
        ),
        Gemini.request(
            #""tools":[{"functionDeclarations":[{"name":"f"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}}"#
        ),
        Gemini.request(
            #""tools":[{"functionDeclarations":[{"name":"f"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY"}}"#),
        Gemini.request(
            #""tools":[{"functionDeclarations":[{"name":"f"}]}],"toolConfig":{"functionCallingConfig":{"mode":"AUTO"}}"#
        ),
        Gemini.request(
            #""unknownMember":{"b":1,"a":2},"systemInstruction":{"role":"system","parts":[{"text":"s"},{"text":"t"}]}"#,
            contents: #"""
                [{"parts":[{"text":"no role"}]},
                 {"role":"model","parts":[{"text":"because","thought":true},{"text":"é 😀 \u0000","thoughtSignature":"c2ln"}]},
                 {"role":"user","parts":[{"inlineData":{"mimeType":"image/png","data":"AAAA"}},{"inline_data":{"mime_type":"audio/wav","data":"AAAA"}},
                  {"inlineData":{"mimeType":"application/pdf","data":"AA_-","displayName":"a.pdf"}},{"fileData":{"mimeType":"video/mp4","fileUri":"https://generativelanguage.googleapis.com/v1beta/files/1"},"videoMetadata":{"fps":2}},
                  {"fileData":{"mimeType":"image/png","fileUri":"https://example.com/a.png"}}]},
                 {"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":1.0,"big":123456789012345678901234567890}},"thoughtSignature":"c2lnMg=="},{"functionCall":{"name":"f","args":{}}},{"functionCall":{"id":"own","name":"g"}}]},
                 {"role":"user","parts":[{"functionResponse":{"name":"f","response":{"result":"22"}}},{"functionResponse":{"name":"f","response":{"error":"no"}}},{"functionResponse":{"id":"own","name":"g","response":{"output":[1,2]},"parts":[{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]}}]},
                 {"role":"model","parts":[{"executableCode":{"language":"PYTHON","code":"1"}},{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"1"}},{"text":"done"}]},
                 {"role":"function","parts":[{"functionResponse":{"name":"old","response":{}}}]},
                 {"role":"user","parts":[{"text":"and"},{"text":"then","partMetadata":{"a":1}}],"x":1}]
                """#),
    ]
}
