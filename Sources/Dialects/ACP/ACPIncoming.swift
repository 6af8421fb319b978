import Transport

/// What the messages of an agent are, by their members.
enum ACPIncoming {
    /// Whether a message answers a request of lip's; an error without an id is about whatever was asked.
    static func isAnswer(_ message: JSONCursor, to id: ACPMessage.ID, in call: Int) -> Bool {
        guard message.isObject, message["method"] == nil else { return false }
        if let stated = message["id"], !stated.isNull {
            guard stated.int == id.number(in: call) else { return false }
            return message["result"] != nil || message["error"] != nil
        }
        return message["error"]?.isObject == true
    }
}
