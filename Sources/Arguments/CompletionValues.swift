/// What a shell offers where a value is to be typed.
enum CompletionValues: Equatable {
    /// These words alone.
    case words([String])
    /// Files and folders.
    case files
    /// Folders.
    case folders
    /// Nothing: a number, a name, an address.
    case nothing

    /// What stands for the value in help says what it is: `FILE`, `DIR`, `MANIFEST`.
    init(placeholder: String, choices: [String]) {
        let words = placeholder.uppercased().split { !$0.isLetter }
        if !choices.isEmpty {
            self = .words(choices)
        } else if words.contains(where: { ["FILE", "PATH", "MANIFEST"].contains($0) }) {
            self = .files
        } else if words.contains("DIR") {
            self = .folders
        } else {
            self = .nothing
        }
    }

    init(of option: Option) {
        self.init(placeholder: option.value ?? "", choices: option.choices)
    }

    init(of positional: Positional) {
        self.init(placeholder: positional.name, choices: positional.choices)
    }
}
