/// Where in Google's cloud a backend is.
package struct GooglePlace: Sendable, Hashable {
    package var project: String
    /// A region such as `us-central1`, or `global`.
    package var location: String

    package init(project: String, location: String) {
        self.project = project
        self.location = location
    }

    /// The endpoint of Vertex AI there (Vertex AI documentation, "Locations").
    package var vertexURL: String {
        switch location {
        case "global": "https://aiplatform.googleapis.com"
        // Locations of several regions have hosts of their own form.
        case "us", "eu": "https://aiplatform.\(location).rep.googleapis.com"
        default: "https://\(location)-aiplatform.googleapis.com"
        }
    }
}
