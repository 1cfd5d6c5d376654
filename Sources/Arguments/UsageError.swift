/// Why a command line was not understood.
public enum UsageError: Error, Equatable, CustomStringConvertible {
    /// No command of this name; `nearest` is one that is spelt like it.
    case unknownCommand(String, nearest: String?, path: [String])
    /// No page of help for these words; `nearest` is one that is spelt like them.
    case unknownTopic(String, nearest: String?)
    /// A command that holds others was called without one.
    case missingCommand(path: [String])
    /// No option of this name; `nearest` is one that is spelt like it.
    case unknownOption(String, nearest: String?, path: [String])
    /// An option that takes a value stood at the end or before another option, or its value was empty.
    case missingValue(option: String, placeholder: String, path: [String])
    /// A flag was given a value.
    case unexpectedValue(flag: String, path: [String])
    /// An option stood twice.
    case repeatedOption(String, path: [String])
    /// A value is not what the option takes.
    case value(option: String, text: String, needed: String, path: [String])
    /// An argument is none of the words it may be.
    case argument(text: String, needed: String, path: [String])
    /// An argument is missing.
    case missingArgument(String, path: [String])
    /// One argument too many.
    case unexpectedArgument(String, path: [String])
    /// Two things were asked for that exclude each other, or one lacks another.
    case conflict(String, path: [String])

    /// One line for people, ending with where to read more.
    public var description: String {
        switch self {
        case .unknownCommand(let word, let nearest, let path):
            Self.line("unknown command “\(word)”", nearest: nearest, path)
        case .unknownTopic(let words, let nearest):
            Self.line("no help about “\(words)”", nearest: nearest, ["help"])
        case .missingCommand(let path):
            Self.line("a command is missing", nearest: nil, path)
        case .unknownOption(let word, let nearest, let path):
            Self.line("unknown option \(word)", nearest: nearest, path)
        case .missingValue(let option, let placeholder, let path):
            Self.line("--\(option) needs a value, \(placeholder)", nearest: nil, path)
        case .unexpectedValue(let flag, let path):
            Self.line("--\(flag) takes no value", nearest: nil, path)
        case .repeatedOption(let option, let path):
            Self.line("--\(option) stands twice", nearest: nil, path)
        case .value(let option, let text, let needed, let path):
            Self.line("--\(option) cannot be “\(text)”: it takes \(needed)", nearest: nil, path)
        case .argument(let text, let needed, let path):
            Self.line("“\(text)” is not \(needed)", nearest: nil, path)
        case .missingArgument(let name, let path):
            Self.line("\(name) is missing", nearest: nil, path)
        case .unexpectedArgument(let word, let path):
            Self.line("unexpected argument “\(word)”", nearest: nil, path)
        case .conflict(let what, let path):
            Self.line(what, nearest: nil, path)
        }
    }

    private static func line(_ what: String, nearest: String?, _ path: [String]) -> String {
        let guess = nearest.map { ", did you mean \($0)?" } ?? ""
        return "\(what)\(guess) (see \((["headcount"] + path + ["--help"]).joined(separator: " ")))"
    }
}
