// What reading and writing JSON and event streams costs: the least of nine rounds, in nanoseconds a call.
// With a name as argument only that measurement runs, so that an allocation counter sees it alone.

import Dialects
import Glibc
import Transport

let chunk = Array(
    #"data: {"id":"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG","object":"chat.completion.chunk","created":1741570283,"model":"gpt-4o","choices":[{"index":0,"delta":{"content":" hello"}}]}"#
        .utf8)
let json = Array(chunk.dropFirst(6))
let body = Array(
    #"{"model":"gpt-4o","messages":[{"role":"developer","content":"You are a helpful assistant."},{"role":"user","content":"Tell me about the history of bread in a few sentences, please. Mention \"sourdough\"."},{"role":"assistant","content":"Bread is old."},{"role":"user","content":"How old?"}],"stream":true,"temperature":0.7,"max_tokens":256,"tools":[],"stream_options":{"include_usage":true}}"#
        .utf8)
var large = JSONWriter()
large.beginObject()
large.key("messages")
large.beginArray()
for _ in 0..<2000 { large.raw(body) }
large.endArray()
large.endObject()
let largeBody = large.bytes
var base64 = JSONWriter()
base64.beginArray()
base64.string(Array(repeating: UInt8(ascii: "A"), count: 1 << 20))
base64.endArray()
let base64Body = base64.bytes

func measure(_ name: String, bytes: Int, _ count: Int, _ body: () throws -> Int) rethrows {
    var best = Double.infinity
    var sum = 0
    for _ in 0..<9 {
        var start = timespec()
        clock_gettime(CLOCK_MONOTONIC, &start)
        for _ in 0..<count { sum &+= try body() }
        var end = timespec()
        clock_gettime(CLOCK_MONOTONIC, &end)
        let elapsed = Double(end.tv_sec - start.tv_sec) * 1e9 + Double(end.tv_nsec - start.tv_nsec)
        best = min(best, elapsed / Double(count))
    }
    print("\(name): \(Int(best)) ns, \(Int(Double(bytes) / best * 1000)) MB/s (\(sum & 1))")
}

let only = CommandLine.arguments.dropFirst().first
let parser = JSONParser()
func run(_ name: String, bytes: Int, _ count: Int, _ body: () throws -> Int) rethrows {
    if only == nil || only == name { try measure(name, bytes: bytes, count, body) }
}
print("chunk \(json.count) body \(body.count) large \(largeBody.count)")
try run("parse-chunk", bytes: json.count, 200_000) { try parser.parse(json).root.count }
try run("chunk-content-equals", bytes: json.count, 200_000) {
    let root = try parser.parse(json).root
    return root["choices"]?[0]?["delta"]?["content"]?.equals(" hello" as StaticString) == true ? 1 : 0
}
var buffer: [UInt8] = []
try run("chunk-content-bytes", bytes: json.count, 200_000) {
    buffer.removeAll(keepingCapacity: true)
    try parser.parse(json).root["choices"]?[0]?["delta"]?["content"]?.appendString(to: &buffer)
    return buffer.count
}
try run("chunk-content-string", bytes: json.count, 200_000) {
    try parser.parse(json).root["choices"]?[0]?["delta"]?["content"]?.string?.utf8.count ?? 0
}
try run("chunk-path", bytes: json.count, 200_000) {
    try parser.parse(json).root.path("choices", 0, "delta", "content")?.range.count ?? 0
}
try run("document-body", bytes: body.count, 100_000) { try JSONDocument(parsing: body).root["model"]?.range.count ?? 0 }
let bodyDocument = try JSONDocument(parsing: body)
run("body-splice", bytes: body.count, 50_000) {
    bodyDocument.applying([.setMember("model", of: bodyDocument.root, to: Array("\"other\"".utf8))]).count
}
try run("document-large", bytes: largeBody.count, 50) { try JSONDocument(parsing: largeBody).root.count }
try run("document-base64", bytes: base64Body.count, 200) { try JSONDocument(parsing: base64Body).root.count }
let frame = chunk + [10, 10]
var sse = SSEParser()
try run("sse-one-frame", bytes: frame.count, 200_000) {
    sse.feed(frame)
    var total = 0
    while let event = try sse.next() { total &+= event.data.count }
    return total
}
let frames = Array(repeatElement(frame, count: 20).joined())
try run("sse-twenty-frames", bytes: frames.count, 20_000) {
    sse.feed(frames)
    var total = 0
    while let event = try sse.next() { total &+= event.data.count }
    return total
}
let halves = (Array(frame[..<90]), Array(frame[90...]))
try run("sse-split-frame", bytes: frame.count, 100_000) {
    sse.feed(halves.0)
    var total = 0
    while let event = try sse.next() { total &+= event.data.count }
    sse.feed(halves.1)
    while let event = try sse.next() { total &+= event.data.count }
    return total
}
try run("sse-and-json", bytes: frame.count, 100_000) {
    sse.feed(frame)
    var total = 0
    while let event = try sse.next() {
        buffer.removeAll(keepingCapacity: true)
        try parser.parse(event.data).root["choices"]?[0]?["delta"]?["content"]?.appendString(to: &buffer)
        total &+= buffer.count
    }
    return total
}
var output: [UInt8] = []
let text = " hello \"world\" and a line\n that is longer than that"
run("write-chunk", bytes: 100, 100_000) {
    output.removeAll(keepingCapacity: true)
    JSONWriter.append(to: &output) { writer in
        writer.beginObject()
        writer.key("index")
        writer.int(0)
        writer.key("delta")
        writer.beginObject()
        writer.key("content")
        writer.string(text)
        writer.endObject()
        writer.endObject()
    }
    return output.count
}
// A chunk from the provider's bytes to the client's, as the relay carries it.
var decoder: any AnswerDecoder = OpenAIChatEventDecoder(parser: parser)
var encoder = OpenAIChatStreamEncoder(includeUsage: true, fallback: ResponseInfo())
run("relay-chunk", bytes: frame.count, 200_000) {
    output.removeAll(keepingCapacity: true)
    decoder.feed(frame)
    while let next = decoder.next() { encoder.carry(next, decoder.events, into: &output) }
    return output.count
}
try run("decode-request", bytes: body.count, 100_000) { try OpenAIChatRequestDecoder.decode(body).choiceCount }
