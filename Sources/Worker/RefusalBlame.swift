import Archive

/// Whose fault it is that the database refused counts, as far as that can be told.
enum RefusalBlame: Equatable {
    /// That of these images; of the others nothing is known yet, and they are tried once more.
    case images(Set<CountSource>)
    /// No image's: so many different ones were refused, and none taken between.
    case database(images: Int)
}
