extension LipCommand {
    /// What `--help` prints.
    static let usage = """
        lip, a gateway for large language models

        Usage: lip [--config PATH] [COMMAND] [OPTIONS]

        Commands:
          serve          answer requests until told to stop (the default)
          check-config   say everything that is wrong or doubtful about the configuration
          routes         show the default route, the aliases and the models, or the given selectors, as trees
          inventory      show the frontends and the backends with their keys and URLs
          lineage A_LEG  ask a running gateway what became of a request: its attempts as a tree (the id stands in the
                         answer's X-LIP-A-Leg-Id header; a client key, where one is needed, in LIP_API_KEY)
          explain FILE   show where each field of a request goes when it is translated --from one protocol --to another
                         (openai-chat, openai-responses, anthropic-messages, gemini), and what is lost; - reads the
                         standard input

        Options, before or after the command:
          --config PATH  the configuration file (default ./config/config.yaml, if it exists; else lip uses every
                         provider whose key is in the environment); of two the last wins
          --explain      tell more of each leg: in JSON what the trees tell anyhow, and with --url how a running gateway's
                         legs stand now (routes)
          --json         write JSON (check-config, routes, inventory, lineage, explain)
          --url URL      the gateway to ask (lineage; default http://127.0.0.1:8080, and routes --explain)
          --api-key KEY  the client key for it; one in LIP_API_KEY shows in no list of processes
          --stdin        read one selector a line and write one result a line (routes)
          --from, --to   the protocols to translate between (explain)
          --model NAME   the model, for a protocol that names it in the path (explain --from gemini)
          --help         print this
          --version      print the version

        Examples:
          lip serve
          lip check-config --config /etc/lip/config.yaml
          lip routes 'openai:gpt-4o|local:qwen'
          lip routes --explain --url http://127.0.0.1:8080
          lip explain --from anthropic-messages --to gemini request.json

        Exit codes: 0 done, 1 the configuration or a selector is wrong or the start failed, 2 wrong usage.

        """
}
