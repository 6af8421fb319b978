/// A change to one place of a document; everything around it stays byte for byte.
///
/// Texts that are put in are JSON already and are not looked at. Edits that do not fit their value, such as removing a
/// member of an array or an element that is not there, change nothing.
package enum JSONEdit: Sendable {
    /// Puts other text in a value's place. Of two for one value, the later counts.
    case replace(JSONValue, with: [UInt8])
    /// Gives a member of the object this value: in every place where the name occurs, so that no reader of
    /// duplicates sees another value; at the object's end if it does not occur.
    case setMember(String, of: JSONValue, to: [UInt8])
    /// Adds a member at the object's end, whether or not the name occurs already.
    case appendMember(String, of: JSONValue, with: [UInt8])
    /// Takes out every member of this name, with its comma.
    case removeMember(String, of: JSONValue)
    /// Puts an element before the one at this position of the array; at its end if there is none.
    case insertElement(at: Int, of: JSONValue, with: [UInt8])
    /// Takes out the element at this position of the array, with its comma.
    case removeElement(at: Int, of: JSONValue)
}
