/// What there is to say of a run as a whole: the content of its report, as the database had it at one moment.
public struct RunReport: Sendable {
    /// Figures over every count of the run.
    public struct Totals: Sendable, Hashable {
        /// Pictures that have a count.
        public let pictures: Int
        /// Sum of their counts.
        public let people: Double
        /// The count that half of the pictures exceed; 0 without pictures.
        public let median: Double
        /// The count that a tenth of the pictures exceed; 0 without pictures.
        public let ninetieth: Double
        /// The largest count; 0 without pictures.
        public let most: Double
        /// Pictures that count less than half a person.
        public let empty: Int
        /// Bytes that were fetched.
        public let bytes: Int
        /// Model inputs.
        public let tiles: Int
        /// Pictures whose count was taken over from the same picture: under another URL, or in an earlier run.
        public let takenOver: Int
    }

    /// The pictures whose counts are at least `from` and less than the next bin's.
    public struct Bin: Sendable, Hashable {
        /// People.
        public let from: Double
        /// Pictures.
        public let pictures: Int
    }

    /// Pictures that belong together, with their people.
    public struct Group: Sendable, Hashable {
        /// What they have in common: a folder, or a time such as `1969`, `1969-07` or `1969-07-20`.
        public let name: String
        /// Pictures.
        public let pictures: Int
        /// Sum of their counts.
        public let people: Double

        /// People per picture.
        public var mean: Double { pictures > 0 ? people / Double(pictures) : 0 }
    }

    /// How long the periods are that pictures are grouped by.
    public enum Period: String, Sendable {
        case day, month, year, decade
    }

    /// One of the most crowded pictures.
    public struct Crowded: Sendable {
        /// Number in its set.
        public let image: Int
        /// Where it is fetched from.
        public let url: String
        /// The archive's own name for it.
        public let key: String?
        /// When it was taken, ISO 8601 in UTC.
        public let takenAt: String?
        /// People in it.
        public let count: Double
        /// Its size in pixels.
        public let width: Int
        /// See `width`.
        public let height: Int
        /// SHA-256 of the bytes that were counted, in hexadecimal digits.
        public let pictureDigest: String
        /// Where the people are, for runs that keep it.
        public let density: StoredDensity?
    }

    /// The images that failed for good in one way.
    public struct Failure: Sendable, Hashable {
        /// The class.
        public let name: String
        /// What the class means.
        public let meaning: String
        /// Images.
        public let images: Int
        /// The URL of one of them.
        public let example: String
        /// What happened to that one.
        public let detail: String
    }

    /// What counted some of the pictures.
    public struct Origin: Sendable, Hashable {
        /// Engine and the version of its library.
        public let engine: String
        /// See `engine`.
        public let engineVersion: String
        /// True where no real device computed.
        public let simulated: Bool
        /// Host, and the card or `cpu`.
        public let host: String
        /// See `host`.
        public let card: String
        /// Version of Headcount.
        public let version: String
        /// Version of the arithmetic between picture and model input.
        public let preprocessing: Int
        /// Pictures whose counts it wrote.
        public let pictures: Int
        /// Those of them whose count it took over from the same picture, without computing anything.
        public let takenOver: Int
        /// Milliseconds that a picture which it counted itself took on the average: to be fetched, decoded, and computed
        /// with waiting included; `nil` where it counted none itself.
        public let times: Times?
    }

    /// Milliseconds of the steps of a picture.
    public struct Times: Sendable, Hashable {
        /// Until it was there.
        public let fetch: Double
        /// Until it was cut into model inputs.
        public let decode: Double
        /// Until its densities were there.
        public let infer: Double
    }

    /// The run, and how far it is.
    public let run: RunProgress
    /// SHA-256 of the model's manifest, in hexadecimal digits.
    public let modelDigest: String
    /// Figures over all counts.
    public let totals: Totals
    /// How many pictures hold how many people; the bins follow each other without a gap.
    public let distribution: [Bin]
    /// Pictures by the time they were taken, in order and without a gap (but for decades over more than 3,000 years); none
    /// where no picture has a time.
    public let periods: [Group]
    /// How long each of `periods` is.
    public let period: Period
    /// Pictures of which it is not known when they were taken.
    public let undated: Int
    /// The folders of the URLs, those with the most people first.
    public let folders: [Group]
    /// The pictures of all further folders, and how many folders these are.
    public let otherFolders: (folders: Int, group: Group)?
    /// The pictures with the most people, most first.
    public let crowded: [Crowded]
    /// The classes of failures, most frequent first.
    public let failures: [Failure]
    /// What counted the pictures, what counted most first.
    public let origins: [Origin]
    /// When the database was read, ISO 8601 in UTC.
    public let readAt: String
}
