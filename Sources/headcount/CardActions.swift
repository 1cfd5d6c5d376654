import Arguments

/// What the commands on one card have in common.
enum CardActions {
    static let card = Positional("HOST/CARD", "The card, as headcount cards --all lists it.")
}
