-- Counts, failures and what workers achieved: the results. Insert-only and partitioned by run, but for the tallies.

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
    PRIMARY KEY (run_id, image)
) PARTITION BY LIST (run_id);

COMMENT ON TABLE headcount.counts IS 'People counted: at most one row per run and image, written once.';
COMMENT ON COLUMN headcount.counts.run_id IS 'The run.';
COMMENT ON COLUMN headcount.counts.image IS 'Number of the image in the set of the run.';
COMMENT ON COLUMN headcount.counts.count IS 'People in the picture: the sum of the density map.';
COMMENT ON COLUMN headcount.counts.tiles IS 'Model inputs the picture was cut into.';
COMMENT ON COLUMN headcount.counts.width IS 'Width of the picture in pixels, orientation applied.';
COMMENT ON COLUMN headcount.counts.height IS 'Height of the picture in pixels, orientation applied.';
COMMENT ON COLUMN headcount.counts.picture_digest IS 'SHA-256 of the bytes that were fetched.';
COMMENT ON COLUMN headcount.counts.picture_bytes IS 'Number of bytes that were fetched.';
COMMENT ON COLUMN headcount.counts.preprocessing IS 'Version of the arithmetic between picture and model input.';
COMMENT ON COLUMN headcount.counts.worker_id IS 'Worker that counted; its row names host, engine and card.';
COMMENT ON COLUMN headcount.counts.fetch_ms IS 'Milliseconds from asking for the picture to its last byte.';
COMMENT ON COLUMN headcount.counts.decode_ms IS 'Milliseconds of decoding and resizing.';
COMMENT ON COLUMN headcount.counts.infer_ms IS 'Milliseconds from handing the tiles to the engine to the last density map, waiting included.';
COMMENT ON COLUMN headcount.counts.counted_at IS 'When the count was written.';

CREATE TYPE headcount.failure_class AS ENUM (
    'bad_url', 'forbidden_address', 'unresolved_host', 'unreachable', 'tls', 'timeout', 'not_found', 'denied',
    'rate_limited', 'server_error', 'bad_response', 'too_large', 'not_a_picture', 'corrupt', 'engine'
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
    ('forbidden_address', 'the host is at a private or special address: allow it with headcount work --allow-network, then headcount recount', 1, '0'),
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

COMMENT ON TABLE headcount.failures IS 'Failed attempts on images; the last one of an image is final or is tried again.';
COMMENT ON COLUMN headcount.failures.run_id IS 'The run.';
COMMENT ON COLUMN headcount.failures.image IS 'Number of the image in the set of the run.';
COMMENT ON COLUMN headcount.failures.attempt IS 'From 1.';
COMMENT ON COLUMN headcount.failures.class IS 'What happened.';
COMMENT ON COLUMN headcount.failures.detail IS 'What happened, in one line.';
COMMENT ON COLUMN headcount.failures.final IS 'True where it is not tried again.';
COMMENT ON COLUMN headcount.failures.retry_at IS 'When it is tried again; NULL where it is final.';
COMMENT ON COLUMN headcount.failures.worker_id IS 'Worker that tried.';
COMMENT ON COLUMN headcount.failures.failed_at IS 'When the failure was written.';

-- Each worker keeps its own row per run, so that counting progress makes nobody wait and never counts rows.
CREATE TABLE headcount.tallies (
    run_id    integer          NOT NULL REFERENCES headcount.runs,
    worker_id bigint           NOT NULL REFERENCES headcount.workers,
    counted   bigint           NOT NULL DEFAULT 0,
    failed    bigint           NOT NULL DEFAULT 0,
    rate      double precision NOT NULL DEFAULT 0,
    first_at  timestamptz      NOT NULL DEFAULT now(),
    last_at   timestamptz      NOT NULL DEFAULT now(),
    PRIMARY KEY (run_id, worker_id)
) WITH (fillfactor = 50);

COMMENT ON TABLE headcount.tallies IS 'What each worker did for each run, written with the results themselves.';
COMMENT ON COLUMN headcount.tallies.run_id IS 'The run.';
COMMENT ON COLUMN headcount.tallies.worker_id IS 'The worker.';
COMMENT ON COLUMN headcount.tallies.counted IS 'Images it counted.';
COMMENT ON COLUMN headcount.tallies.failed IS 'Images it failed for good.';
COMMENT ON COLUMN headcount.tallies.rate IS 'Images per second as of last_at, an average whose memory fades with a time constant of 20 seconds.';
COMMENT ON COLUMN headcount.tallies.first_at IS 'When it wrote its first result.';
COMMENT ON COLUMN headcount.tallies.last_at IS 'When it wrote its last result.';
