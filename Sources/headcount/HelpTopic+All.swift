import Arguments
import Density

extension HelpTopic {
    /// What `headcount help` explains beside the commands.
    static let all = [words, database, plans, networks, stopping, exitStatus, api, environment]

    private static let words = HelpTopic(
        "words", "What set, run, shard, lease and the others mean",
        """
        image set  A named collection of image URLs.
        run        One counting of a set: a model, a tile plan, a priority. A set may be run again.
        image      One URL of a set.
        shard      A group of images that is leased as one.
        lease      A worker's right to a shard until a time; a heartbeat renews it.
        tile       One input of the network. A tile plan says how a picture is cut into tiles.
        batch      The tiles of one launch: four on a BM1684 card. Each has a lane of its own.
        density    People per cell of the network's output. Their sum is the count.
        card       One BM1684 chip, as the runtime numbers it.
        worker     One process bound to one card, or to the CPU.
        failure    One failed attempt on one image, with a class; some are tried again.
        """)

    private static let database = HelpTopic(
        "database", "Which database a command uses",
        """
        The first of these that is given:
          --database URL     a connection string or URI, as libpq understands it
          DATABASE_URL       the same, in the environment
          PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD, PGSERVICE, ...   libpq's own variables
          .headcount/postgres in the current folder   the private database of headcount local start

        headcount migrate brings a database up to date; a command that finds an older or a newer schema
        says so and does nothing. A password belongs into ~/.pgpass or PGPASSFILE, not into the
        command line, where every user of the machine can read it.
        """)

    private static let plans = HelpTopic(
        "plans", "How pictures are cut into tiles",
        """
        auto       The grid of 1 to \(TilePlan.autoLimit) tiles that comes nearest to the picture's own pixels.
        grid:RxC   The picture is resized to exactly R rows and C columns of tiles, up to \
        \(TilePlan.gridLimit)x\(TilePlan.gridLimit).
        native     The picture keeps its scale; its long side is bounded to \(TilePlan.nativeLimit) pixels, and \
        tiles
                   that overlap at the edges are averaged.

        More tiles find smaller heads and take longer. headcount enqueue --plan chooses one; without it
        the model's own is used. The same set may be run with several plans and compared in SQL.
        """)

    private static let networks = HelpTopic(
        "networks", "Which addresses pictures are fetched from",
        """
        A URL may come from anybody, so private, loopback, link-local and other special addresses are
        refused when the connection is made, whatever the name, the redirect or the DNS answer says.
        --allow-network opens networks of your own, as CIDR:

          headcount work --allow-network 10.0.0.0/8,192.168.0.0/16,fd00::/8
        """)

    private static let stopping = HelpTopic(
        "stopping", "What the first and the second Ctrl-C do",
        """
        The first SIGINT or SIGTERM finishes what is in flight and gives the rest back; the second ends
        at once and gives everything back. A process that is killed loses nothing: its leases run out
        and its images are counted by others. Nothing is counted twice.
        """)

    private static let api = HelpTopic(
        "api", "The JSON interface of headcount dashboard",
        """
        Each answers GET with an array of objects by the names of columns in SQL:
          /api/runs                  headcount.progress, the 100 newest runs; eta_seconds is its eta
          /api/runs/RUN              one of them
          /api/runs/RUN/failures     class, meaning, images, and the URL of one image for example
          /api/runs/RUN/crowded      image, count, url: the 24 most crowded pictures
          /api/runs/RUN/images/N     headcount.results of one image
          /api/workers               workers that were heard of within a minute
        These answer POST, with the header Authorization: Bearer TOKEN:
          /api/runs/RUN/pause  /api/runs/RUN/resume  /api/runs/RUN/cancel
        Others: /picture/RUN/N (heat map, with --pictures), /metrics, /healthz, /readyz.
        503 means that the database is away.
        """)

    private static let exitStatus = HelpTopic(
        "exit-status", "What the exit status of a command means",
        ExitStatus.allCases.map { status in
            let number = String(status.rawValue)
            return String(repeating: " ", count: max(0, 3 - number.count)) + number + "  " + status.meaning
        }.joined(separator: "\n"))

    private static let environment = HelpTopic(
        "environment", "The variables that headcount reads",
        """
        DATABASE_URL and PG...   The database: see headcount help database.
        HEADCOUNT_SHARE          The folder that holds migrations, where it is not beside the program.
        HEADCOUNT_OPENVINO_LIB   OpenVINO's C library, or the folder that holds it.
        HEADCOUNT_SOPHON_LIB     The folder of libbmlib and libbmrt.
        XDG_CACHE_HOME           Model files are kept in headcount/models below it (~/.cache).
        NO_COLOR                 Set to anything: no colours.
        """)
}
