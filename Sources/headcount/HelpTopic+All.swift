import Arguments
import Density

extension HelpTopic {
    /// What `headcount help` explains beside the commands.
    static let all = [words, database, plans, networks, stopping, exitStatus, page, api, environment]

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
          PGHOST, PGHOSTADDR, PGPORT, PGDATABASE, PGUSER, PGSERVICE   libpq's own variables
          .headcount/postgres in the current folder   the private database of headcount local start

        PGPASSWORD, PGSSLMODE and libpq's other variables are heeded too, but choose no database.

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

        ,area behind a plan, as in grid:2x2,area, makes each pixel of a smaller picture the mean of all it
        covers, as OpenCV's INTER_AREA does; without it the four nearest are weighed, as INTER_LINEAR does,
        and others skipped where a picture shrinks to less than half. Its counts differ, which suits a
        network that was trained so.

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

    private static let page = HelpTopic(
        "page", "The page: who may see it, who may change something",
        """
        headcount coordinate --port 8101 and headcount dashboard serve the same page: runs with their
        progress, cards with load, temperature, rate, lane fill and workers, failures with examples, the
        most crowded pictures, and where each count came from. It goes on by itself, every two seconds.

        It is served to this machine alone, and changes nothing. From afar: ssh -L 8100:127.0.0.1:8100
        HOST, then http://127.0.0.1:8100/ here. For many, put a server in front of it that asks for a
        password and speaks TLS, at the root of a host of its own, and name its address; the two headers
        that it should pass on are Headcount-Token and Origin, as all do that are not told otherwise:
          headcount dashboard --site https://count.example.org --token-file token
        --address opens the page itself to others: whoever reaches it then can read it.

        --token-file FILE lets whoever shows the token pause, resume, cancel and retry runs, scale cards,
        keep them out of work and let them work again:
          (umask 077; openssl rand -hex 16 > token)
          headcount coordinate --port 8101 --token-file token

        --pictures shows heat maps. Of runs that keep density maps (enqueue --density) it fetches the
        picture alone, and shows the map without it where it is gone; else it runs the network again, on
        the CPU. Give it what the workers are given that concerns pictures: --allow-network, --credentials,
        --ca, --proxy, --max-megapixels and the like.

        The database's user needs the role headcount_reader, a coordinator's headcount_worker too, and
        for actions headcount_admin. Behind PgBouncer, session mode.
        """)

    private static let api = HelpTopic(
        "api", "The JSON interface of the page",
        """
        Each answers GET with an array of objects by the names of columns in SQL, times in UTC:
          /api/runs                  headcount.progress of 100 runs, those not over, then the newest
          /api/runs/RUN              one of them; eta_seconds is the view's eta
          /api/runs/RUN/failures     class, meaning, images; examples: image, url, detail, attempts, failed_at
          /api/runs/RUN/crowded      image, count, width, height, url: the 24 most crowded pictures
          /api/runs/RUN/images/N     headcount.results of one image, and density_kept; source_run and
                                     source_image where the count was taken over from there
          /api/cards                 headcount.card_status of the cards that are there
          /api/workers               workers that were heard of within a minute
        One object each:
          /api/status                version; pictures: whether it draws; actions: none, locked (they need
                                     the token) or open (it was shown)
          /api/runs/RUN/images/N/view   of its heat map: density (kept or computed), people, highest (people
                                     on 100 x 100 pixels that have the last colour), problem
        The heat map itself: /picture/RUN/N, a JPEG; ?size=320 for a small one.

        These answer POST, and need --token-file. They take an object in JSON, at least {}, and tell how many
        rows they changed: {"changed": 1}.
          /api/runs/RUN/pause  /api/runs/RUN/resume  /api/runs/RUN/cancel
          /api/runs/RUN/retry                {"class": "timeout"}, or {} for all
          /api/cards/HOST/CARD/scale         {"workers": 2}
          /api/cards/HOST/CARD/quarantine    {"reason": "loud fan"}
          /api/cards/HOST/CARD/release

          curl -H "Headcount-Token: $(cat token)" -H "Content-Type: application/json" \\
            -d {} http://127.0.0.1:8100/api/runs/1/pause

        Authorization: Bearer shows the token too, where no server in front has that header for itself.

        What goes wrong is a line of text: 400 the body, 401 the token, 403 no actions here or another
        site's page, 404 no such thing, 409 not as things stand, such as a run that was detached, 415 not JSON, 421 not
        a name of this machine or of --site, 502 the picture cannot be drawn, 503 the database is away or too
        much is asked for.
        /metrics, /healthz and /readyz are for those who watch.
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
        HEADCOUNT_SHARE          The folder that holds migrations, models and what the compiler runs, where
                                 it is not beside the program.
        HEADCOUNT_OPENVINO_LIB   OpenVINO's C library, or the folder that holds it.
        HEADCOUNT_SOPHON_LIB     The folder of libbmlib and libbmrt.
        HEADCOUNT_TOOLCHAIN      The compiler's folder, as Deploy/toolchain makes it.
        HEADCOUNT_DUCKDB         The program of DuckDB, which writes Parquet.
        HEADCOUNT_CREDENTIALS    Names and passwords for single hosts: see headcount work --help.
        XDG_CACHE_HOME           Model files are kept in headcount/models below it (~/.cache).
        NO_COLOR                 Set to anything: no colours.
        """)
}
