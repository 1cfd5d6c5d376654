import Archive
import Charts
import FoundationEssentials

extension ReportPage {
    /// The most crowded pictures, with their heat maps where pictures are not left out.
    var crowded: String {
        guard !report.crowded.isEmpty else { return "" }
        let cards = report.crowded.enumerated().map { index, picture in
            card(of: picture, shown: pictures?[index])
        }
        let legend =
            pictures == nil
            ? "" : "<p class=\"faint\">The brighter, the more people; each picture has a scale of its own.</p>"
        return """
            <section class="wide">
            <h2>The most crowded pictures</h2>
            \(legend)
            <ol class="crowded">
            \(cards.joined(separator: "\n"))
            </ol>
            </section>
            """
    }

    private func card(of picture: RunReport.Crowded, shown: CrowdedPicture?) -> String {
        let people = Self.figure(picture.count)
        let name = picture.key ?? Self.file(of: picture.url)
        let alternative = "Where the \(people) people of \(name) are"
        let image: String
        switch shown {
        case nil: image = ""
        case .drawn(let jpeg, let isChanged):
            let note = isChanged ? "<p class=\"warning\">The picture was changed since it was counted.</p>" : ""
            image = Self.image(jpeg, alternative) + note
        case .densityAlone(let jpeg, let reason):
            image =
                Self.image(jpeg, alternative)
                + "<p class=\"faint\">Without the picture: \(Markup.escaped(reason)).</p>"
        case .missing(let reason):
            image = "<p class=\"faint\">No picture: \(Markup.escaped(reason)).</p>"
        }
        let taken = picture.takenAt.map { ", \($0.prefix(10))" } ?? ""
        return """
            <li>\(image)
            <p><strong>\(people)</strong> people</p>
            <p class="url">\(Markup.escaped(name))\(Markup.escaped(taken))</p>
            <p class="faint url">\(Markup.escaped(picture.url)), \(picture.width) x \(picture.height) pixels, \
            image \(picture.image)</p></li>
            """
    }

    private static func image(_ jpeg: [UInt8], _ alternative: String) -> String {
        "<img alt=\"\(Markup.escaped(alternative))\" src=\"data:image/jpeg;base64,"
            + "\(Data(jpeg).base64EncodedString())\">"
    }

    /// The last part of a URL's path.
    private static func file(of url: String) -> String {
        let path = url.prefix { $0 != "?" && $0 != "#" }
        return String(path.split(separator: "/").last ?? path)
    }
}
