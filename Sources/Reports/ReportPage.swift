public import Archive
import Charts
import FoundationEssentials
import Terminal

/// The report of a run as one HTML file, which needs nothing else: no script, no font, no picture from elsewhere.
///
/// Everything from the database is escaped, and the page forbids itself scripts and foreign content, so that a URL or a
/// name full of HTML shows as such. It follows the light or dark ground of whoever reads it, and prints on white.
public struct ReportPage: Sendable {
    let report: RunReport
    let pictures: [CrowdedPicture]?
    private let version: String

    /// - Parameters:
    ///   - pictures: what is shown of `report.crowded`, one by one; `nil` to leave pictures out.
    ///   - version: of the program that makes the page.
    public init(_ report: RunReport, pictures: [CrowdedPicture]?, version: String) {
        precondition(pictures.map { $0.count == report.crowded.count } ?? true, "a picture for each crowded one")
        self.report = report
        self.pictures = pictures
        self.version = version
    }

    /// The file.
    public var html: String {
        let name = Markup.escaped(report.run.setName)
        let parts = [
            head(name), summary, distribution, time, folders, crowded, failures, origins,
            "<footer><p>Made by headcount \(Markup.escaped(version)) from the database as it was at "
                + "\(Self.moment(report.readAt)).</p></footer>\n</body>\n</html>\n",
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private func head(_ name: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" \
        content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
        <meta name="referrer" content="no-referrer">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(name): people counted, run \(report.run.runID)</title>
        <style>
        \(ReportStyle.sheet)</style>
        </head>
        <body>
        <header>
        <p class="faint">Headcount, run \(report.run.runID)</p>
        <h1>\(name)</h1>
        </header>
        """
    }

    private var summary: String {
        let (run, totals) = (report.run, report.totals)
        let average = totals.pictures > 0 ? totals.people / Double(totals.pictures) : 0
        let facts = [
            ("People", Self.people(totals.people)), ("Pictures counted", Numbers.grouped(totals.pictures)),
            ("People per picture", Self.figure(average)), ("Median picture", Self.figure(totals.median)),
            ("One picture in ten has over", Self.figure(totals.ninetieth)),
            ("Most in a picture", Self.figure(totals.most)),
            ("Pictures of nobody", Numbers.grouped(totals.empty)), ("Failed", Numbers.grouped(run.failed)),
        ]
        var lines = [
            "<section aria-label=\"Totals\">",
            "<dl>", Self.list(facts), "</dl>",
        ]
        if run.simulated {
            lines.append(
                "<p class=\"warning\">Some of these counts come from a simulated device. A simulated card counts nothing: "
                    + "its figures are made up.</p>")
        }
        if run.pending > 0 {
            lines.append(
                "<p class=\"warning\">The run is \(Markup.escaped(run.state)): \(Numbers.grouped(run.pending)) of its "
                    + "\(Numbers.grouped(run.images)) images had neither count nor failure when this was made.</p>")
        }
        lines.append(
            "<p class=\"faint\">Counts are estimates of a network, and people in several pictures count several "
                + "times.</p>\n</section>")
        return lines.joined(separator: "\n")
    }

    private var distribution: String {
        guard !report.distribution.isEmpty else { return "" }
        let bins = report.distribution
        let bars = bins.indices.map { index in
            let from = bins[index].from
            let next = index + 1 < bins.count ? bins[index + 1].from : Self.edge(after: from)
            return BarChart.Bar(
                label: Self.short(from), value: Double(bins[index].pictures),
                title: "\(Self.short(from)) to under \(Self.short(next)) people: "
                    + Self.pictures(bins[index].pictures))
        }
        let chart = BarChart(
            bars, title: "How many pictures hold how many people", horizontal: "people in a picture, from",
            vertical: "pictures", labels: .edge)
        let rows = bars.map { "<tr><td>\(Markup.escaped($0.title))</td></tr>" }
        return """
            <section>
            <h2>How many people are in a picture</h2>
            <figure>\(chart.svg)</figure>
            \(Self.figures(rows))
            </section>
            """
    }

    private var time: String {
        guard !report.periods.isEmpty else { return "" }
        let bars = report.periods.map { period in
            BarChart.Bar(
                label: period.name, value: period.mean,
                title: period.pictures == 0
                    ? "\(period.name): no pictures"
                    : "\(period.name): \(Self.figure(period.mean)) people per picture, "
                        + Self.pictures(period.pictures))
        }
        let chart = BarChart(
            bars, title: "People per picture by \(report.period.rawValue)", horizontal: report.period.rawValue,
            vertical: "people per picture")
        let undated =
            report.undated > 0
            ? "<p class=\"faint\">Of \(Self.pictures(report.undated)) it is not known when they were taken.</p>" : ""
        let rows = report.periods.filter { $0.pictures > 0 }.map {
            "<tr><th scope=\"row\">\($0.name)</th>\(Self.cells($0))</tr>"
        }
        return """
            <section>
            <h2>Over time</h2>
            <figure>\(chart.svg)</figure>
            \(undated)
            \(Self.figures([Self.heading(report.period.rawValue)] + rows))
            </section>
            """
    }

    private var folders: String {
        guard !report.folders.isEmpty else { return "" }
        var rows = report.folders.map {
            "<tr><th scope=\"row\">\(Markup.escaped($0.name))</th>\(Self.cells($0))</tr>"
        }
        if let others = report.otherFolders {
            rows.append(
                "<tr><th scope=\"row\" class=\"faint\">\(Numbers.grouped(others.folders)) further folders</th>"
                    + "\(Self.cells(others.group))</tr>")
        }
        return """
            <section class="wide">
            <h2>By folder</h2>
            <div class="scroll"><table>
            \(Self.heading("Folder"))
            \(rows.joined(separator: "\n"))
            </table></div>
            </section>
            """
    }

    private var failures: String {
        guard !report.failures.isEmpty else { return "" }
        let rows = report.failures.map { failure in
            """
            <tr><th scope="row">\(Markup.escaped(failure.name))<br><span class="faint">\
            \(Markup.escaped(failure.meaning))</span></th>\
            <td class="number">\(Numbers.grouped(failure.images))</td>\
            <td><code>\(Markup.escaped(failure.example))</code><br>\(Markup.escaped(Self.reason(failure)))</td></tr>
            """
        }
        return """
            <section class="wide">
            <h2>What failed</h2>
            <div class="scroll"><table>
            <tr><th scope="col">Class</th><th scope="col" class="number">Images</th><th scope="col">One of them</th></tr>
            \(rows.joined(separator: "\n"))
            </table></div>
            </section>
            """
    }

    private var origins: String {
        let run = report.run
        let facts = [
            ("Model", Markup.escaped(run.model)),
            ("SHA-256 of its manifest", "<code>\(Markup.escaped(report.modelDigest))</code>"),
            ("Tile plan", Markup.escaped(run.plan)), ("Model inputs", Numbers.grouped(report.totals.tiles)),
            ("Bytes of the pictures", Self.size(report.totals.bytes)),
            ("Taken over from the same picture", Numbers.grouped(report.totals.takenOver)),
            ("Enqueued", Self.moment(run.createdAt)), ("Last result", run.lastAt.map(Self.moment) ?? "none yet"),
        ]
        let rows = report.origins.map { origin in
            """
            <tr><th scope="row">\(Markup.escaped(origin.engine)) \(Markup.escaped(origin.engineVersion))\
            \(origin.simulated ? " <strong>(simulated)</strong>" : "")</th>\
            <td>\(Markup.escaped(origin.host)), \(Markup.escaped(origin.card))</td>\
            <td>\(Markup.escaped(origin.version)), preprocessing \(origin.preprocessing)</td>\
            <td class="number">\(Numbers.grouped(origin.pictures))</td>\
            <td class="number">\(Numbers.grouped(origin.takenOver))</td>\
            <td class="number">\(Self.times(origin.times))</td></tr>
            """
        }
        return """
            <section class="wide">
            <h2>How it was counted</h2>
            <dl class="long">
            \(Self.list(facts))
            </dl>
            <div class="scroll"><table>
            <tr><th scope="col">Engine</th><th scope="col">Host, card</th><th scope="col">Headcount</th>\
            <th scope="col" class="number">Pictures</th><th scope="col" class="number">Taken over</th>\
            <th scope="col" class="number">ms to fetch / decode / compute</th></tr>
            \(rows.joined(separator: "\n"))
            </table></div>
            <p class="faint">The times are averages over the pictures that were not taken over.</p>
            </section>
            """
    }
}
