import Dialects
import FuzzSupport
import Transport

/// Reads requests for vectors and answers with them, in both forms.
///
/// The first byte says what the rest is: a request of OpenAI's form, of Gemini's for one or for many, or an answer of
/// either.
func fuzzEmbeddings(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: data, count: count)
    guard let kind = input.first else { return 0 }
    let body = Array(input.dropFirst())
    switch kind % 5 {
    case 0: checkOpenAIRequest(body)
    case 1: checkGeminiRequest(body, isBatch: false)
    case 2: checkGeminiRequest(body, isBatch: true)
    case 3: checkOpenAIAnswer(body)
    default: checkGeminiAnswer(body)
    }
    return 0
}

// MARK: Requests

/// A request must be carried byte for byte, name what a provider's flavor drops, and be one in the other form.
private func checkOpenAIRequest(_ body: [UInt8]) {
    guard let call = acceptedCall({ () throws(Failure) in try OpenAIEmbeddingsRequestDecoder.decode(body) }) else {
        return
    }
    precondition(call.original?.bytes == body, "an accepted request was changed")
    let options = embedding(of: call)
    let same = must("carried") { () throws(Failure) in
        try OpenAIEmbeddingsRequestEncoder.encode(call, options, as: call.model)
    }
    precondition(same.body == body && same.droppedFields.isEmpty, "a request that nothing changes is not carried")
    let other = must("carried to another model") { () throws(Failure) in
        try OpenAIEmbeddingsRequestEncoder.encode(call, options, as: "other")
    }
    let again = must("read again") { () throws(Failure) in try OpenAIEmbeddingsRequestDecoder.decode(other.body) }
    precondition(again.model == "other" && other.droppedFields.isEmpty, "the model was not replaced")
    precondition(again.operation == call.operation, "another model changed what is asked")
    precondition(again.body() == call.body(), "another model changed the inputs")
    checkMistral(call, options)

    let gemini =
        options.tokenIDs == nil
        ? must("written for Gemini") { () throws(Failure) in try GeminiEmbeddings.encode(call, options, as: "other") }
        : nil
    guard let gemini else { return }
    let read = must("read by Gemini") { () throws(Failure) in
        try GeminiEmbeddings.decode(gemini.body, model: "other", isBatch: true)
    }
    precondition(texts(read) == texts(call), "Gemini gets other inputs")
    precondition(embedding(of: read).dimensions == options.dimensions, "Gemini is asked for other dimensions")
    precondition(gemini.droppedFields == options.foreign, "what Gemini does not get is not named")
}

/// Mistral gets the members that it knows and no other, and those that it does not get are named.
private func checkMistral(_ call: Call, _ options: EmbeddingOptions) {
    let known = [
        "model", "input", "encoding_format", "dimensions", "output_dimension", "output_dtype", "metadata",
    ]
    let encoded = must("carried to Mistral") { () throws(Failure) in
        try OpenAIEmbeddingsRequestEncoder.encode(call, options, as: call.model, flavor: .mistral)
    }
    let names = members(encoded.body)
    precondition(names.allSatisfy(known.contains), "Mistral gets a member that it refuses")
    precondition(!names.contains("dimensions"), "Mistral gets a member of OpenAI's")
    precondition(options.dimensions == nil || names.contains("output_dimension"), "the dimensions got lost")
    let sent = Set(names).union(encoded.droppedFields).union(["dimensions"])
    precondition(members(call.original?.bytes ?? []).allSatisfy(sent.contains), "a member got lost silently")
    precondition(
        encoded.droppedFields.allSatisfy { !known.contains($0) }, "a member that Mistral knows is called lost")
}

/// A request must be carried byte for byte but for the model, and be one in the other form.
private func checkGeminiRequest(_ body: [UInt8], isBatch: Bool) {
    let call = acceptedCall { () throws(Failure) in try GeminiEmbeddings.decode(body, model: "other", isBatch: isBatch)
    }
    guard let call else { return }
    precondition(call.original?.bytes == body, "an accepted request was changed")
    let options = embedding(of: call)
    let carried = must("carried") { () throws(Failure) in try GeminiEmbeddings.encode(call, options, as: "other") }
    if !isBatch, call.original?.root["model"] == nil {
        precondition(carried.body == body, "a request that nothing changes is not carried")
    }
    let again = must("read again") { () throws(Failure) in
        try GeminiEmbeddings.decode(carried.body, model: "other", isBatch: isBatch)
    }
    precondition(again.operation == call.operation, "carrying changed what is asked")
    precondition(again.body() == call.body(), "carrying changed the inputs")
    let twice = must("carried again") { () throws(Failure) in try GeminiEmbeddings.encode(again, options, as: "other") }
    precondition(twice.body == carried.body, "a request that names its model is not carried")

    guard options.media == nil else { return }
    let written = must("written for OpenAI") { () throws(Failure) in
        try OpenAIEmbeddingsRequestEncoder.encode(call, options, as: "m")
    }
    // OpenAI takes no empty text, and as many components as it has numbers for.
    guard texts(call).allSatisfy({ !$0.isEmpty }), options.dimensions ?? 1 <= Int(Int32.max) else { return }
    let read = must("read by OpenAI") { () throws(Failure) in try OpenAIEmbeddingsRequestDecoder.decode(written.body) }
    precondition(texts(read) == texts(call), "OpenAI gets other inputs")
    precondition(embedding(of: read).dimensions == options.dimensions, "OpenAI is asked for other dimensions")
    precondition(embedding(of: read).isBatch == options.isBatch, "OpenAI is asked for another form")
}

/// The value of something that has to succeed.
private func must<Value>(_ property: String, _ make: () throws(Failure) -> Value) -> Value {
    do throws(Failure) {
        return try make()
    } catch {
        preconditionFailure("what was read cannot be \(property): \(error.message)")
    }
}

private func embedding(of call: Call) -> EmbeddingOptions {
    guard case .embed(let options) = call.operation else { preconditionFailure("a request for vectors asks for none") }
    return options
}

/// The text of each input.
private func texts(_ call: Call) -> [String] {
    call.body().messages.map { message in
        message.parts.map { if case .text(let text) = $0.content { text } else { "" } }.joined(separator: "\n")
    }
}

private func members(_ body: [UInt8]) -> [String] {
    guard let document = try? JSONDocument(parsing: body) else { preconditionFailure("a written request is not JSON") }
    return document.withRoot { root in root.members.map { $0.key.string ?? "" } }
}

// MARK: Answers

/// An answer must read back the same from what is written of it, whether its vectors are numbers or packed.
private func checkOpenAIAnswer(_ body: [UInt8]) {
    guard let answer = read({ () throws(Failure) in try OpenAIEmbeddingsAnswer.read(body) }) else { return }
    do throws(Failure) {
        let usage = try OpenAIEmbeddingsAnswer.usage(ofCarried: body)
        precondition(usage == answer.usage, "a carried answer states another usage")
    } catch {
        preconditionFailure("an answer that can be read cannot be carried: \(error.message)")
    }
    for encoding in [EmbeddingOptions.Encoding.numbers, .base64] { checkOpenAIAnswer(answer, encoding) }
    checkGeminiBody(answer)
}

private func checkOpenAIAnswer(_ answer: EmbeddingAnswer, _ encoding: EmbeddingOptions.Encoding) {
    guard let first = written(answer, encoding) else { return }
    let again = must("read back") { () throws(Failure) in try OpenAIEmbeddingsAnswer.read(first) }
    precondition(again.model == answer.model ?? "m", "another model")
    precondition(again.usage?.input == answer.usage?.input, "another usage")
    precondition(again.vectors.count == answer.vectors.count, "another number of vectors")
    precondition(written(again, encoding) == first, "an answer is written in two ways")
    // A packed vector may be none until it is unpacked; numbers can be packed, which rounds them, once.
    guard encoding == .numbers, let packed = written(again, .base64) else { return }
    let unpacked = must("unpacked") { () throws(Failure) in
        try OpenAIEmbeddingsAnswer.body(try OpenAIEmbeddingsAnswer.read(packed), as: .numbers, model: "m")
    }
    let repacked = must("packed again") { () throws(Failure) in
        try OpenAIEmbeddingsAnswer.body(try OpenAIEmbeddingsAnswer.read(unpacked), as: .base64, model: "m")
    }
    let twice = must("unpacked again") { () throws(Failure) in
        try OpenAIEmbeddingsAnswer.body(try OpenAIEmbeddingsAnswer.read(repacked), as: .numbers, model: "m")
    }
    precondition(twice == unpacked, "packed numbers change")
}

private func checkGeminiAnswer(_ body: [UInt8]) {
    guard let answer = read({ () throws(Failure) in try GeminiEmbeddings.read(body) }) else { return }
    checkGeminiBody(answer)
    if let numbers = written(answer, .numbers) {
        let again = must("read back") { () throws(Failure) in try OpenAIEmbeddingsAnswer.read(numbers) }
        precondition(again.vectors.count == answer.vectors.count, "another number of vectors")
    }
}

/// What a client of Gemini's gets must hold the same vectors.
private func checkGeminiBody(_ answer: EmbeddingAnswer) {
    for isBatch in [true, false] {
        guard let written = geminiBody(answer, isBatch) else { continue }
        let again = must("read back") { () throws(Failure) in try GeminiEmbeddings.read(written) }
        precondition(again.vectors.count == (isBatch ? answer.vectors.count : 1), "another number of vectors")
        precondition(again.usage?.input == answer.usage?.input, "another usage")
        precondition(geminiBody(again, isBatch) == written, "an answer is written in two ways")
        for (vector, copy) in zip(answer.vectors, again.vectors) {
            if case .numbers = vector { precondition(copy == vector, "a vector was changed") }
        }
    }
}

/// What a reader makes of a provider's answer; a refusal must be the provider's.
private func read(_ read: () throws(Failure) -> EmbeddingAnswer) -> EmbeddingAnswer? {
    do throws(Failure) {
        let answer = try read()
        precondition(!answer.vectors.isEmpty, "an answer without vectors was accepted")
        return answer
    } catch {
        precondition(error.side == .provider, "a provider's mistake is another's")
        precondition(!error.message.isEmpty, "a refusal is silent")
        return nil
    }
}

/// The body of an answer; nil where a vector is none, which shows only when it is rewritten.
private func written(_ answer: EmbeddingAnswer, _ encoding: EmbeddingOptions.Encoding) -> [UInt8]? {
    try? OpenAIEmbeddingsAnswer.body(answer, as: encoding, model: "m")
}

private func geminiBody(_ answer: EmbeddingAnswer, _ isBatch: Bool) -> [UInt8]? {
    try? GeminiEmbeddings.body(answer, isBatch: isBatch)
}
