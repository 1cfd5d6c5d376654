-- Counts, failures and what workers achieved: the results. Insert-only and partitioned by run, but for the tallies, and
-- for final failures that people have tried again, which go.

CREATE TABLE headcount.counts (
    run_id         integer          NOT NULL,
    image          bigint           NOT NULL,
    count          double precision NOT NULL CHECK (count >= 0 AND count < 'Infinity'),
    tiles          smallint         NOT NULL,
    width          integer          NOT NULL,
    height         integer          NOT NULL,
    picture_digest bytea            NOT NULL,
    picture_bytes  bigint           NOT NULL,
    preprocessing  smallint         NOT NULL,
    worker_id      bigint           NOT NULL,
    fetch_ms       real             NOT NULL,
    decode_ms      real             NOT NULL,
    infer_ms       real             NOT NULL,
    counted_at     timestamptz      NOT NULL DEFAULT now(),
    etag           text,
    source_run     integer,
    source_image   bigint,
    PRIMARY KEY (run_id, image)
) PARTITION BY LIST (run_id);
-- Eight bytes of the digest; known_count() compares the others.
CREATE INDEX counts_digest ON headcount.counts (substr(picture_digest, 1, 8));

COMMENT ON TABLE headcount.counts IS 'People counted: at most one row per run and image, written once.';
COMMENT ON COLUMN headcount.counts.run_id IS 'The run.';
COMMENT ON COLUMN headcount.counts.image IS 'Number of the image in the set of the run.';
COMMENT ON COLUMN headcount.counts.count IS 'People in the picture: the sum of the density map.';
COMMENT ON COLUMN headcount.counts.tiles IS 'Model inputs the picture was cut into.';
COMMENT ON COLUMN headcount.counts.width IS 'Width of the picture in pixels, orientation applied.';
COMMENT ON COLUMN headcount.counts.height IS 'Height of the picture in pixels, orientation applied.';
COMMENT ON COLUMN headcount.counts.picture_digest IS 'SHA-256 of the bytes that were fetched.';
COMMENT ON COLUMN headcount.counts.picture_bytes IS 'Number of bytes that were fetched.';
COMMENT ON COLUMN headcount.counts.preprocessing IS 'Version of the arithmetic between picture and model input; with settings that change it 256 times these more: 1 where pictures cut short are tolerated, 2 where all pages are counted, 2 N where page N is.';
COMMENT ON COLUMN headcount.counts.worker_id IS 'Worker that counted; its row names host, engine and card.';
COMMENT ON COLUMN headcount.counts.fetch_ms IS 'Milliseconds from asking for the picture to its last byte.';
COMMENT ON COLUMN headcount.counts.decode_ms IS 'Milliseconds of decoding and resizing.';
COMMENT ON COLUMN headcount.counts.infer_ms IS 'Milliseconds from handing the tiles to the engine to the last density map, waiting included.';
COMMENT ON COLUMN headcount.counts.counted_at IS 'When the count was written.';
COMMENT ON COLUMN headcount.counts.etag IS 'What the server called this version of the picture; a later run asks whether it still has it.';
COMMENT ON COLUMN headcount.counts.source_run IS 'The run this count was taken over from, the picture being the same; NULL where it was counted.';
COMMENT ON COLUMN headcount.counts.source_image IS 'The image of that run.';

CREATE TYPE headcount.failure_class AS ENUM (
    'bad_url', 'forbidden_address', 'unresolved_host', 'unreachable', 'tls', 'timeout', 'not_found', 'denied',
    'rate_limited', 'server_error', 'bad_response', 'too_large', 'not_a_picture', 'corrupt', 'decoder',
    'engine'
);
COMMENT ON TYPE headcount.failure_class IS 'Every way an image can fail; failure_classes says what each means and what becomes of it.';

CREATE TABLE headcount.failure_classes (
    class       headcount.failure_class PRIMARY KEY,
    meaning     text     NOT NULL,
    attempts    integer  NOT NULL CHECK (attempts >= 1),
    first_delay interval NOT NULL CHECK (first_delay >= interval '0')
);
COMMENT ON TABLE headcount.failure_classes IS 'What becomes of an image after a failure of each class. Can be changed while workers run.';
COMMENT ON COLUMN headcount.failure_classes.class IS 'The class.';
COMMENT ON COLUMN headcount.failure_classes.meaning IS 'What happened, for people.';
COMMENT ON COLUMN headcount.failure_classes.attempts IS 'Attempts in all before a failure is final; 1: never tried again.';
COMMENT ON COLUMN headcount.failure_classes.first_delay IS 'Wait before the second attempt; it doubles with every further one, up to an hour, and varies by a quarter.';

INSERT INTO headcount.failure_classes (class, meaning, attempts, first_delay) VALUES
    ('bad_url',           'the URL cannot be understood, or is neither http nor https',             1, '0'),
    ('forbidden_address', 'the host is at a private or special address: start the workers anew with --allow-network, then headcount retry', 1, '0'),
    ('unresolved_host',   'the name of the host is not known',                                      3, '5 s'),
    ('unreachable',       'the host refused or dropped the connection',                             4, '2 s'),
    ('tls',               'the certificate or the encryption was not accepted',                     2, '5 s'),
    ('timeout',           'the host did not answer, or too slowly',                                 4, '5 s'),
    ('not_found',         'the picture is not there (404 or 410)',                                  1, '0'),
    ('denied',            'the host wants credentials or forbids the picture (401, 403, 407, 451)', 1, '0'),
    ('rate_limited',      'the host asked to come back later (429)',                                8, '5 s'),
    ('server_error',      'the host failed (5xx)',                                                  5, '2 s'),
    ('bad_response',      'the answer was not proper HTTP, was cut short, or redirected too often', 3, '2 s'),
    ('too_large',         'more bytes or pixels than the limit',                                    1, '0'),
    ('not_a_picture',     'the content is of no picture format that is understood',                 1, '0'),
    ('corrupt',           'the picture is damaged or cut short',                                    1, '0'),
    ('decoder',           'the decoder crashed on the picture, took too much memory or too long',    2, '1 s'),
    ('engine',            'the engine failed on this picture',                                      3, '1 s');

CREATE TABLE headcount.failures (
    run_id    integer                 NOT NULL,
    image     bigint                  NOT NULL,
    attempt   integer                 NOT NULL,
    class     headcount.failure_class NOT NULL,
    detail    text                    NOT NULL,
    final     boolean                 NOT NULL,
    retry_at  timestamptz,
    worker_id bigint                  NOT NULL,
    failed_at timestamptz             NOT NULL DEFAULT now(),
    PRIMARY KEY (run_id, image, attempt),
    CHECK (final = (retry_at IS NULL))
) PARTITION BY LIST (run_id);

COMMENT ON TABLE headcount.failures IS 'Failed attempts on images; the last one of an image is final or is tried again. Written once and never updated; only retry_run() deletes some, because their images begin anew.';
COMMENT ON COLUMN headcount.failures.run_id IS 'The run.';
COMMENT ON COLUMN headcount.failures.image IS 'Number of the image in the set of the run.';
COMMENT ON COLUMN headcount.failures.attempt IS 'From 1.';
COMMENT ON COLUMN headcount.failures.class IS 'What happened.';
COMMENT ON COLUMN headcount.failures.detail IS 'What happened, in one line.';
COMMENT ON COLUMN headcount.failures.final IS 'True where it is not tried again.';
COMMENT ON COLUMN headcount.failures.retry_at IS 'When it is tried again; NULL where it is final.';
COMMENT ON COLUMN headcount.failures.worker_id IS 'Worker that tried.';
COMMENT ON COLUMN headcount.failures.failed_at IS 'When the failure was written.';

CREATE TABLE headcount.density_maps (
    run_id  integer  NOT NULL,
    image   bigint   NOT NULL,
    columns smallint NOT NULL CHECK (columns > 0),
    rows    smallint NOT NULL CHECK (rows > 0),
    quantum real     NOT NULL CHECK (quantum >= 0 AND quantum < 'Infinity'),
    cells   bytea    NOT NULL CHECK (octet_length(cells) = columns * rows),
    PRIMARY KEY (run_id, image)
) PARTITION BY LIST (run_id);
-- Compressed in place: a map is mostly empty, and small then.
ALTER TABLE headcount.density_maps ALTER COLUMN cells SET STORAGE MAIN;

COMMENT ON TABLE headcount.density_maps IS 'Where the people of each picture are, for runs that keep it: a grid over the whole picture. See count_in_box().';
COMMENT ON COLUMN headcount.density_maps.run_id IS 'The run.';
COMMENT ON COLUMN headcount.density_maps.image IS 'Number of the image in the set of the run.';
COMMENT ON COLUMN headcount.density_maps.columns IS 'Columns of the grid; together they are as wide as the picture.';
COMMENT ON COLUMN headcount.density_maps.rows IS 'Rows of the grid; together they are as high as the picture.';
COMMENT ON COLUMN headcount.density_maps.quantum IS 'People that one unit of a cell stands for.';
COMMENT ON COLUMN headcount.density_maps.cells IS 'A byte per cell, row by row from the top. What rounding leaves over is carried to the next cell, so that sums over many cells stay true.';

CREATE FUNCTION headcount.count_in_box(run integer, image bigint,
    x0 double precision, y0 double precision, x1 double precision, y1 double precision)
RETURNS double precision LANGUAGE sql STABLE AS $$
    -- In cells of the grid; a cell that lies partly in the box counts by the part that does.
    WITH box AS (
        SELECT d.columns, d.quantum, d.cells,
            greatest(least(x0, x1), 0) / c.width * d.columns AS "left",
            least(greatest(x0, x1), c.width) / c.width * d.columns AS "right",
            greatest(least(y0, y1), 0) / c.height * d.rows AS top,
            least(greatest(y0, y1), c.height) / c.height * d.rows AS bottom
        FROM headcount.density_maps d JOIN headcount.counts c ON c.run_id = d.run_id AND c.image = d.image
        WHERE d.run_id = count_in_box.run AND d.image = count_in_box.image
    )
    SELECT coalesce(b.quantum * sum(get_byte(b.cells, y * b.columns + x)
        * (least(x + 1, b.right) - greatest(x, b.left)) * (least(y + 1, b.bottom) - greatest(y, b.top))), 0)
    FROM box b
    LEFT JOIN generate_series(floor(b.left)::integer, ceil(b.right)::integer - 1) AS x ON true
    LEFT JOIN generate_series(floor(b.top)::integer, ceil(b.bottom)::integer - 1) AS y ON true
    GROUP BY b.quantum
$$;
COMMENT ON FUNCTION headcount.count_in_box IS 'People in a part of a picture, from (x0, y0) to (x1, y1) in pixels from the top left, orientation applied. NULL where the run keeps no density maps or the image was not counted.';

-- Each worker keeps its own row per run, so that counting progress makes nobody wait and never counts rows.
-- Worker 0 is the people who have failures tried again by hand.
CREATE TABLE headcount.tallies (
    run_id     integer          NOT NULL,
    worker_id  bigint           NOT NULL,
    version    bigint           NOT NULL DEFAULT 0,
    counted    bigint           NOT NULL DEFAULT 0,
    failed     bigint           NOT NULL DEFAULT 0,
    rate       double precision NOT NULL DEFAULT 0,
    first_at   timestamptz      NOT NULL DEFAULT now(),
    last_at    timestamptz      NOT NULL DEFAULT now(),
    PRIMARY KEY (run_id, worker_id, version)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000);

COMMENT ON TABLE headcount.tallies IS 'What each worker did for each run, written with the results themselves. Of workers that ended, of one engine, one row comes to hold the sum: see fold_tallies().';
COMMENT ON COLUMN headcount.tallies.run_id IS 'The run.';
COMMENT ON COLUMN headcount.tallies.worker_id IS 'The worker; 0 for what people had tried again, which counts against what failed.';
COMMENT ON COLUMN headcount.tallies.version IS 'Grows with every update, so that the newest version is found first.';
COMMENT ON COLUMN headcount.tallies.counted IS 'Images it counted.';
COMMENT ON COLUMN headcount.tallies.failed IS 'Images it failed for good.';
COMMENT ON COLUMN headcount.tallies.rate IS 'Images per second as of last_at, an average whose memory fades with a time constant of 20 seconds.';
COMMENT ON COLUMN headcount.tallies.first_at IS 'When it wrote its first result.';
COMMENT ON COLUMN headcount.tallies.last_at IS 'When it wrote its last result.';

CREATE FUNCTION headcount.tallies_of(run integer) RETURNS SETOF headcount.tallies
LANGUAGE sql STABLE AS $$
    -- From worker to worker by the key, the newest version of each: no dead row is met.
    WITH RECURSIVE newest AS (
        (SELECT t.* FROM headcount.tallies t
         WHERE t.run_id = run ORDER BY t.worker_id DESC, t.version DESC LIMIT 1)
        UNION ALL
        SELECT n.* FROM newest o CROSS JOIN LATERAL (
            SELECT t.* FROM headcount.tallies t
            WHERE t.run_id = run AND t.worker_id < o.worker_id
            ORDER BY t.worker_id DESC, t.version DESC LIMIT 1) AS n
    )
    SELECT * FROM newest
$$;
COMMENT ON FUNCTION headcount.tallies_of IS 'The tally of every worker of a run.';

CREATE FUNCTION headcount.run_pending(run integer) RETURNS bigint
LANGUAGE sql STABLE SET jit = off AS $$
    SELECT r.images - coalesce((SELECT sum(t.counted + t.failed) FROM headcount.tallies_of(r.id) t), 0)::bigint
    FROM headcount.runs r WHERE r.id = run
$$;
COMMENT ON FUNCTION headcount.run_pending IS 'Images of a run that have not ended.';
