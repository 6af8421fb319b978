// Written by tools/catalogue; what to edit is config/models.yaml.
// swift-format-ignore-file

/// The catalogue of models that lip carries: the text of `config/models.yaml`.
enum BuiltInCatalogue {
    static let text = #"""
        # What is publicly known of models: whose they are, how much they take, and what they cannot do.
        #
        # lip carries this text inside itself, so that it works without the file. A file of one's own in this form, named by
        # `catalogue: { path: ./models.yaml }`, is asked before it, or with `mode: replace` in its stead.
        #
        # A vendor's models are what backends of its kinds are asked for: a bare model name goes to the first such backend. A name
        # is exact, or ends with * for all names that begin so; an exact name is preferred, then the longest beginning. Windows and
        # limits are in tokens (window: prompt and answer together, where the vendor does not say otherwise). `lacks` names
        # capabilities that the model is known not to have; everything else is assumed. A row's `lacks` replaces its vendor's.
        #
        # Sources: the vendors' model pages, as of November 2026. After a change, run tools/catalogue.

        vendors:
          # https://developers.openai.com/api/docs/models
          openai:
            kinds: [openai-responses, openai-legacy, azure, openai-codex]
            models:
              - { name: "gpt-5.6*", context_window: 1050000, max_output_tokens: 128000, lacks: [audio] }
              - { name: "gpt-5.5*", context_window: 1050000, max_output_tokens: 128000, lacks: [audio] }
              - { name: "gpt-5.4*", context_window: 1050000, max_output_tokens: 128000, lacks: [audio] }
              - { name: "gpt-5.4-mini*", context_window: 400000, max_output_tokens: 128000, lacks: [audio] }
              - { name: "gpt-5.4-nano*", context_window: 400000, max_output_tokens: 128000, lacks: [audio] }
              - { name: "gpt-5*", context_window: 400000, max_output_tokens: 128000, lacks: [audio] }
              - { name: "gpt-5-chat*", context_window: 128000, max_output_tokens: 16384, lacks: [audio, reasoning] }
              - { name: "gpt-5.1-chat*", context_window: 128000, max_output_tokens: 16384, lacks: [audio] }
              - { name: "gpt-5.2-chat*", context_window: 128000, max_output_tokens: 16384, lacks: [audio] }
              - { name: "gpt-4.1*", context_window: 1047576, max_output_tokens: 32768, lacks: [audio, reasoning] }
              - { name: "gpt-4o*", context_window: 128000, max_output_tokens: 16384, lacks: [audio, reasoning] }
              - { name: "gpt-4o-2024-05-13", context_window: 128000, max_output_tokens: 4096, lacks: [audio, reasoning] }
              - { name: "gpt-4o-audio*", context_window: 128000, max_output_tokens: 16384, lacks: [vision, reasoning] }
              - { name: "gpt-4o-mini-audio*", context_window: 128000, max_output_tokens: 16384, lacks: [vision, reasoning] }
              - { name: "gpt-audio*", context_window: 128000, max_output_tokens: 16384, lacks: [vision, reasoning] }
              - { name: "chatgpt-4o-latest", context_window: 128000, max_output_tokens: 16384, lacks: [tools, audio, reasoning] }
              - { name: "gpt-4-turbo*", context_window: 128000, max_output_tokens: 4096, lacks: [audio, reasoning] }
              - { name: "gpt-4-1106*", context_window: 128000, max_output_tokens: 4096, lacks: [vision, documents, audio, reasoning] }
              - { name: "gpt-4-0125*", context_window: 128000, max_output_tokens: 4096, lacks: [vision, documents, audio, reasoning] }
              - { name: "gpt-4", context_window: 8192, max_output_tokens: 8192, lacks: [vision, documents, audio, reasoning] }
              - { name: "gpt-4-0613", context_window: 8192, max_output_tokens: 8192, lacks: [vision, documents, audio, reasoning] }
              - { name: "gpt-3.5*", context_window: 16385, max_output_tokens: 4096, lacks: [vision, documents, audio, reasoning] }
              - { name: "o4-mini*", context_window: 200000, max_output_tokens: 100000, lacks: [audio] }
              - { name: "o3*", context_window: 200000, max_output_tokens: 100000, lacks: [audio, parallel_tool_calls] }
              - { name: "o3-mini*", context_window: 200000, max_output_tokens: 100000, lacks: [vision, documents, audio, parallel_tool_calls] }
              - { name: "o1*", context_window: 200000, max_output_tokens: 100000, lacks: [audio, parallel_tool_calls] }
              - { name: "o1-mini*", context_window: 128000, max_output_tokens: 65536, lacks: [tools, vision, documents, audio, reasoning, parallel_tool_calls] }
              - { name: "o1-preview*", context_window: 128000, max_output_tokens: 32768, lacks: [tools, vision, documents, audio, reasoning, parallel_tool_calls] }
              - { name: "codex-mini*", context_window: 200000, max_output_tokens: 100000, lacks: [audio] }
              - { name: "computer-use-preview*", context_window: 8192, max_output_tokens: 1024, lacks: [audio] }
              - { name: "text-embedding-3*", context_window: 8192 }
              - { name: "text-embedding-ada-002", context_window: 8192 }

          # https://platform.claude.com/docs/en/models/overview
          anthropic:
            kinds: [anthropic]
            lacks: [audio]
            models:
              - { name: "claude-*" }
              - { name: "claude-fable-5*", context_window: 1000000, max_output_tokens: 128000 }
              - { name: "claude-opus-5*", context_window: 1000000, max_output_tokens: 128000 }
              - { name: "claude-sonnet-5*", context_window: 1000000, max_output_tokens: 128000 }
              - { name: "claude-opus-4-8*", context_window: 1000000, max_output_tokens: 128000 }
              - { name: "claude-opus-4-7*", context_window: 1000000, max_output_tokens: 128000 }
              - { name: "claude-opus-4-6*", context_window: 1000000, max_output_tokens: 128000 }
              - { name: "claude-sonnet-4-6*", context_window: 1000000, max_output_tokens: 128000 }
              - { name: "claude-opus-4-5*", context_window: 200000, max_output_tokens: 64000 }
              - { name: "claude-sonnet-4-5*", context_window: 200000, max_output_tokens: 64000 }
              - { name: "claude-haiku-4-5*", context_window: 200000, max_output_tokens: 64000 }
              - { name: "claude-opus-4*", context_window: 200000, max_output_tokens: 32000 }
              - { name: "claude-sonnet-4*", context_window: 200000, max_output_tokens: 64000 }
              - { name: "claude-3-7-sonnet*", context_window: 200000, max_output_tokens: 64000 }
              - { name: "claude-3-5-sonnet*", context_window: 200000, max_output_tokens: 8192, lacks: [audio, reasoning] }
              - { name: "claude-3-5-haiku*", context_window: 200000, max_output_tokens: 8192, lacks: [audio, reasoning] }
              - { name: "claude-3-opus*", context_window: 200000, max_output_tokens: 4096, lacks: [audio, reasoning] }
              - { name: "claude-3-sonnet*", context_window: 200000, max_output_tokens: 4096, lacks: [audio, reasoning] }
              - { name: "claude-3-haiku*", context_window: 200000, max_output_tokens: 4096, lacks: [audio, reasoning] }
              - { name: "claude-2*", context_window: 100000, max_output_tokens: 4096, lacks: [vision, documents, audio, reasoning, parallel_tool_calls] }
              - { name: "claude-2.1", context_window: 200000, max_output_tokens: 4096, lacks: [vision, documents, audio, reasoning, parallel_tool_calls] }
              - { name: "claude-instant*", context_window: 100000, max_output_tokens: 4096, lacks: [vision, documents, audio, reasoning, parallel_tool_calls] }

          # https://ai.google.dev/gemini-api/docs/models (its limits are those of the prompt alone)
          google:
            kinds: [gemini, vertexai]
            models:
              - { name: "gemini-*" }
              - { name: "gemini-3*", context_window: 1048576, max_output_tokens: 65536 }
              - { name: "gemini-2.5-pro*", context_window: 1048576, max_output_tokens: 65536 }
              - { name: "gemini-2.5-flash*", context_window: 1048576, max_output_tokens: 65536 }
              - { name: "gemini-2.5-flash-image*", context_window: 65536, max_output_tokens: 32768, lacks: [tools, reasoning] }
              - { name: "gemini-flash-latest", context_window: 1048576, max_output_tokens: 65536 }
              - { name: "gemini-flash-lite-latest", context_window: 1048576, max_output_tokens: 65536 }
              - { name: "gemini-pro-latest", context_window: 1048576, max_output_tokens: 65536 }
              - { name: "gemini-2.0-flash*", context_window: 1048576, max_output_tokens: 8192, lacks: [reasoning] }
              - { name: "gemini-2.0-pro*", context_window: 2097152, max_output_tokens: 8192, lacks: [reasoning] }
              - { name: "gemini-1.5-pro*", context_window: 2097152, max_output_tokens: 8192, lacks: [reasoning] }
              - { name: "gemini-1.5-flash*", context_window: 1048576, max_output_tokens: 8192, lacks: [reasoning] }
              - { name: "gemini-1.0-pro*", context_window: 32760, max_output_tokens: 8192, lacks: [vision, documents, audio, reasoning] }
              - { name: "gemini-pro", context_window: 32760, max_output_tokens: 8192, lacks: [vision, documents, audio, reasoning] }
              - { name: "gemma-3-*", context_window: 131072, max_output_tokens: 8192, lacks: [audio, reasoning] }
              - { name: "gemma-2-*", context_window: 8192, max_output_tokens: 8192, lacks: [vision, documents, audio, reasoning] }
              - { name: "learnlm-*" }
              - { name: "gemini-embedding-*", context_window: 2048 }
              - { name: "text-embedding-004", context_window: 2048 }
              - { name: "embedding-001", context_window: 2048 }
              - { name: "vertexai-gemini-*" }

          # https://docs.mistral.ai/getting-started/models
          mistral:
            kinds: [mistral]
            lacks: [audio]
            models:
              - { name: "mistral-large-latest", context_window: 262144 }
              - { name: "mistral-large-2512", context_window: 262144 }
              - { name: "mistral-large-2411", context_window: 131072, lacks: [vision, audio, reasoning] }
              - { name: "mistral-large*", context_window: 131072, lacks: [audio] }
              - { name: "mistral-medium-3.5*", context_window: 262144 }
              - { name: "mistral-medium-latest", context_window: 262144 }
              - { name: "mistral-medium*", context_window: 131072 }
              - { name: "mistral-small*", context_window: 131072 }
              - { name: "mistral-small-2501", context_window: 32768, lacks: [vision, documents, audio, reasoning] }
              - { name: "mistral-nemo*", context_window: 131072, lacks: [vision, documents, audio, reasoning] }
              - { name: "open-mistral-nemo*", context_window: 131072, lacks: [vision, documents, audio, reasoning] }
              - { name: "open-mixtral-8x22b*", context_window: 65536, lacks: [vision, documents, audio, reasoning] }
              - { name: "mixtral-8x7b*", context_window: 32768, lacks: [vision, documents, audio, reasoning] }
              - { name: "magistral-*", context_window: 131072 }
              - { name: "codestral-*", context_window: 262144, lacks: [vision, audio, reasoning] }
              - { name: "devstral-*", context_window: 262144, lacks: [audio, reasoning] }
              - { name: "ministral-*", context_window: 131072 }
              - { name: "pixtral-*", context_window: 131072, lacks: [audio, reasoning] }
              - { name: "voxtral-*", context_window: 32768, lacks: [vision, reasoning] }
              - { name: "mistral-embed", context_window: 8192 }

          # https://api-docs.deepseek.com/quick_start/pricing
          deepseek:
            kinds: [deepseek]
            lacks: [vision, documents, audio]
            models:
              - { name: "deepseek-v4*", context_window: 1000000, max_output_tokens: 384000 }
              - { name: "deepseek-chat" }
              - { name: "deepseek-reasoner" }

          # https://docs.x.ai/docs/models
          xai:
            kinds: [xai]
            lacks: [audio]
            models:
              - { name: "grok-*" }
              - { name: "grok-4", context_window: 256000 }
              - { name: "grok-4-0709", context_window: 256000 }
              - { name: "grok-4-fast*", context_window: 2000000 }
              - { name: "grok-4-1-fast*", context_window: 2000000 }
              - { name: "grok-4.20*", context_window: 2000000 }
              - { name: "grok-code-fast*", context_window: 256000, lacks: [vision, documents, audio] }
              - { name: "grok-3*", context_window: 131072, lacks: [vision, documents, audio, reasoning] }
              - { name: "grok-3-mini*", context_window: 131072, lacks: [vision, documents, audio] }
              - { name: "grok-2*", context_window: 131072, lacks: [vision, documents, audio, reasoning] }
              - { name: "grok-2-vision*", context_window: 32768, lacks: [documents, audio, reasoning] }

          # https://www.alibabacloud.com/help/en/model-studio/models
          qwen:
            kinds: [qwen]
            models:
              - { name: "qwen*" }
              - { name: "qwq-*", context_window: 131072, lacks: [vision, documents, audio] }
              - { name: "qwen3.8-max*", context_window: 991000, max_output_tokens: 128000, lacks: [vision, documents, audio] }
              - { name: "qwen3.7-max*", context_window: 991000, lacks: [vision, documents, audio] }
              - { name: "qwen3.6-plus*", context_window: 1000000, lacks: [audio] }
              - { name: "qwen3-max*", context_window: 262144, max_output_tokens: 65536, lacks: [vision, documents, audio] }
              - { name: "qwen-max*", context_window: 32768, max_output_tokens: 8192, lacks: [vision, documents, audio, reasoning] }
              - { name: "qwen-vl-*", lacks: [audio] }
              - { name: "qwen2.5-72b-instruct", context_window: 131072, max_output_tokens: 8192, lacks: [vision, documents, audio, reasoning] }
              - { name: "qwen2.5-32b-instruct", context_window: 131072, max_output_tokens: 8192, lacks: [vision, documents, audio, reasoning] }
              - { name: "qwen2.5-7b-instruct", context_window: 131072, max_output_tokens: 8192, lacks: [vision, documents, audio, reasoning] }

          # https://platform.moonshot.ai/docs
          moonshot:
            kinds: [moonshot]
            lacks: [audio]
            models:
              - { name: "kimi-*" }
              - { name: "kimi-k2*", context_window: 262144 }
              - { name: "moonshot-v1-auto", context_window: 131072, lacks: [vision, documents, audio, reasoning] }
              - { name: "moonshot-v1-8k", context_window: 8192, lacks: [vision, documents, audio, reasoning] }
              - { name: "moonshot-v1-32k", context_window: 32768, lacks: [vision, documents, audio, reasoning] }
              - { name: "moonshot-v1-128k", context_window: 131072, lacks: [vision, documents, audio, reasoning] }

          # https://docs.z.ai/guides/overview
          zai:
            kinds: [zai]
            lacks: [audio]
            models:
              - { name: "glm-*" }
              - { name: "glm-5", context_window: 200000, max_output_tokens: 128000, lacks: [vision, documents, audio] }
              - { name: "glm-4.6", context_window: 200000, max_output_tokens: 128000, lacks: [vision, documents, audio] }
              - { name: "glm-4.5*", context_window: 131072, max_output_tokens: 98304 }
              - { name: "glm-4-plus", context_window: 131072, lacks: [vision, documents, audio, reasoning] }
              - { name: "glm-4-air", context_window: 131072, lacks: [vision, documents, audio, reasoning] }
              - { name: "glm-4-flash", context_window: 131072, lacks: [vision, documents, audio, reasoning] }

          # https://platform.minimax.io/docs
          minimax:
            kinds: [minimax]
            lacks: [audio]
            models:
              - { name: "MiniMax-*" }
              - { name: "MiniMax-M2*", context_window: 204800 }
              - { name: "MiniMax-M2", context_window: 196608, lacks: [vision, documents, audio] }
              - { name: "MiniMax-M2.5*", context_window: 196608, lacks: [vision, documents, audio] }
              - { name: "MiniMax-Text-01", context_window: 1000000, lacks: [vision, documents, audio, reasoning] }
              - { name: "MiniMax-VL-01", context_window: 1000000, lacks: [audio, reasoning] }
              - { name: "abab*" }

          # https://www.volcengine.com/docs/82379
          bytedance:
            kinds: [bytedance]
            models:
              - { name: "doubao-*" }
              - { name: "doubao-1.5-pro-32k", context_window: 32768 }
              - { name: "doubao-1.5-lite-32k", context_window: 32768 }
              - { name: "doubao-pro-128k", context_window: 131072 }
              - { name: "doubao-pro-32k", context_window: 32768 }
              - { name: "doubao-lite-32k", context_window: 32768 }
              - { name: "doubao-pro-4k", context_window: 4096 }

          # https://docs.perplexity.ai/getting-started/models
          perplexity:
            kinds: [perplexity]
            lacks: [audio]
            models:
              - { name: "sonar", context_window: 128000 }
              - { name: "sonar-pro", context_window: 200000 }
              - { name: "sonar-reasoning*", context_window: 128000 }
              - { name: "sonar-deep-research", context_window: 128000 }

          # Those who serve models of others, among them Meta's and Qwen's open ones, under names of their own.

          # https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html
          amazon:
            kinds: [bedrock]
            lacks: [audio]
            models:
              - { name: "amazon.*" }
              - { name: "amazon.nova-micro*", context_window: 128000, max_output_tokens: 10000, lacks: [vision, documents, audio, reasoning] }
              - { name: "amazon.nova-lite*", context_window: 300000, max_output_tokens: 10000, lacks: [audio, reasoning] }
              - { name: "amazon.nova-pro*", context_window: 300000, max_output_tokens: 10000, lacks: [audio, reasoning] }
              - { name: "amazon.nova-2-lite*", context_window: 1000000, max_output_tokens: 64000 }
              - { name: "amazon.titan-text*", lacks: [tools, vision, documents, audio, structured_outputs, reasoning, parallel_tool_calls] }
              - { name: "anthropic.*" }
              - { name: "anthropic.claude-3*", context_window: 200000 }
              - { name: "ai21.*" }
              - { name: "ai21.jamba-1-5*", context_window: 256000, lacks: [vision, audio, reasoning] }
              - { name: "cohere.*" }
              - { name: "deepseek.*" }
              - { name: "meta.*" }
              - { name: "meta.llama3-70b*", context_window: 8192, lacks: [tools, vision, audio, reasoning] }
              - { name: "meta.llama3-8b*", context_window: 8192, lacks: [tools, vision, audio, reasoning] }
              - { name: "meta.llama3-1-*", context_window: 131072, lacks: [vision, audio, reasoning] }
              - { name: "minimax.*" }
              - { name: "mistral.*" }
              - { name: "openai.*" }
              - { name: "qwen.*" }
              - { name: "zai.*" }
              - { name: "us.*" }
              - { name: "eu.*" }
              - { name: "apac.*" }
              - { name: "jp.*" }
              - { name: "global.*" }

          # Deployments, as other gateways write them.
          azure:
            kinds: [azure]
            models:
              - { name: "azure-*" }

          # https://console.groq.com/docs/models
          groq:
            kinds: [groq]
            lacks: [documents, audio]
            models:
              - { name: "llama-3.3-70b-versatile", context_window: 131072, max_output_tokens: 32768, lacks: [vision, documents, audio, reasoning] }
              - { name: "llama-3.1-8b-instant", context_window: 131072, max_output_tokens: 131072, lacks: [vision, documents, audio, reasoning] }
              - { name: "llama-3.1-70b-versatile", context_window: 131072, lacks: [vision, documents, audio, reasoning] }
              - { name: "llama3-70b-8192", context_window: 8192, lacks: [vision, documents, audio, reasoning] }
              - { name: "llama3-8b-8192", context_window: 8192, lacks: [vision, documents, audio, reasoning] }
              - { name: "gemma2-9b-it", context_window: 8192, lacks: [vision, documents, audio, reasoning] }
              - { name: "meta-llama/llama-4-*", context_window: 131072 }
              - { name: "moonshotai/kimi-k2*", context_window: 262144, lacks: [vision, documents, audio] }
              - { name: "openai/gpt-oss-*", context_window: 131072, lacks: [vision, documents, audio] }
              - { name: "qwen/qwen3-32b", context_window: 131072, lacks: [vision, documents, audio] }

          # https://inference-docs.cerebras.ai/models
          cerebras:
            kinds: [cerebras]
            lacks: [vision, documents, audio]
            models:
              - { name: "gpt-oss-120b", context_window: 131072 }
              - { name: "llama3.1-*" }
              - { name: "llama3.1-8b", context_window: 32768 }
              - { name: "llama3.3-70b" }
              - { name: "llama4-scout-*" }
              - { name: "qwen-3-32b" }
              - { name: "qwen-3-235b*", context_window: 131072 }
              - { name: "deepseek-r1-distill-llama-70b" }
              - { name: "zai-glm-*", context_window: 131072 }

          # https://docs.together.ai/docs/serverless-models
          together:
            kinds: [together]
            models:
              - { name: "meta-llama/*" }
              - { name: "meta-llama/Llama-3.3-70B-Instruct-Turbo", context_window: 131072 }
              - { name: "meta-llama/Meta-Llama-3.1-405B-Instruct-Turbo", context_window: 130815 }
              - { name: "meta-llama/Meta-Llama-3.1-70B-Instruct-Turbo", context_window: 131072 }
              - { name: "meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo", context_window: 131072 }
              - { name: "mistralai/*" }
              - { name: "mistralai/Mixtral-8x7B-Instruct-v0.1", context_window: 32768 }
              - { name: "mistralai/Mixtral-8x22B-Instruct-v0.1", context_window: 65536 }
              - { name: "Qwen/*" }
              - { name: "deepseek-ai/*" }
              - { name: "google/gemma-*" }

          nebius:
            kinds: [nebius]
            models:
              - { name: "meta-llama/*" }
              - { name: "Qwen/*" }
              - { name: "mistralai/*" }
              - { name: "deepseek-ai/*" }

          novita:
            kinds: [novita]
            models:
              - { name: "meta-llama/*" }
              - { name: "deepseek/*" }
              - { name: "mistralai/*" }
              - { name: "qwen/*" }

          nvidia:
            kinds: [nvidia]
            models:
              - { name: "nvidia/*" }
              - { name: "meta/*" }

          huggingface:
            kinds: [huggingface]
            models:
              - { name: "meta-llama/*" }
              - { name: "Qwen/*" }
              - { name: "deepseek-ai/*" }
              - { name: "mistralai/*" }
              - { name: "openai/gpt-oss-*", context_window: 131072 }

          openrouter:
            kinds: [openrouter]
            models:
              - { name: "openai/*" }
              - { name: "anthropic/*" }
              - { name: "google/*" }
              - { name: "x-ai/*" }
              - { name: "deepseek/*" }
              - { name: "meta-llama/*" }
              - { name: "mistralai/*" }
              - { name: "moonshotai/*" }
              - { name: "qwen/*" }
              - { name: "z-ai/*" }
              - { name: "minimax/*" }

          inference:
            kinds: [inference]
            models:
              - { name: "inference-*" }

          nanogpt:
            kinds: [nanogpt]
            models:
              - { name: "nanogpt-*" }

        """#
}
