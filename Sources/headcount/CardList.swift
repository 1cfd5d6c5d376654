/// What `headcount cards --json` prints.
struct CardList<Card: Encodable>: Encodable {
    let cards: [Card]
}
