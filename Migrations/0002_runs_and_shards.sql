-- Runs, the workers that count them, stripes and shards: the queue.
--
-- An image of a run is in exactly one place: not claimed yet (a stripe), in one shard (leased, or waiting to be claimed
-- again), or ended by a count or a final failure. Every function that moves it does so in one transaction.
--
-- A set of a hundred million images makes no row in here but its stripes: shards are cut from them when they are
-- claimed, so that enqueueing costs the queue nothing and a claim costs the same whatever is waiting.
--
-- An old snapshot keeps every dead row, and index entries of dead rows are walked by whoever searches past them. So a
-- row that is updated for ever (a stripe, a tally, a mark) has a version in its key, which grows with every update: a
-- search for the greatest version meets the living row first. Shards are found by their key, waiting ones from their
-- run's low-water mark on and leased ones from their worker's, which follow a minute or two behind: no more dead shards
-- are passed than were claimed meanwhile. Two searches pass all: one for what may wait before the mark, every five
-- minutes at most, and one for what a worker held, when it ends.
--
-- The rows of workers have no version in their keys, so that an old snapshot keeps a dead one for every heartbeat: at
-- the usual lease 1,090 an hour of each worker. Whoever looks for the living passes all of them, which every claim and
-- every heartbeat does. Under a snapshot of two hours that is 52,000 rows each time with 24 workers, a few percent of a
-- core in all; with 200 it is 440,000, and several cores. See old snapshots in health().

CREATE TYPE headcount.run_wish AS ENUM ('active', 'paused', 'cancelled');
COMMENT ON TYPE headcount.run_wish IS
    'What people want of a run. active: count it; paused: claim nothing more for now; cancelled: drop what is left.';

CREATE FUNCTION headcount.is_tile_plan(plan text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT plan ~ '^(auto|native|grid:([1-9]|1[0-6])x([1-9]|1[0-6]))(,area)?$'
$$;
COMMENT ON FUNCTION headcount.is_tile_plan IS 'True for auto, native and grid:ROWSxCOLUMNS with 1 to 16 each, with and without ,area behind it.';

CREATE TABLE headcount.runs (
    id          integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    set_id      integer     NOT NULL REFERENCES headcount.sets,
    model_id    integer     NOT NULL REFERENCES headcount.models,
    plan        text        NOT NULL CHECK (headcount.is_tile_plan(plan)),
    priority    smallint    NOT NULL DEFAULT 0 CHECK (priority BETWEEN -1000 AND 1000),
    wish        headcount.run_wish NOT NULL DEFAULT 'active',
    images      bigint      NOT NULL DEFAULT 0,
    is_open     boolean     NOT NULL DEFAULT false,
    card_label  text,
    keeps_density boolean   NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL DEFAULT now(),
    detached_at timestamptz
);
CREATE CONSTRAINT TRIGGER runs_partitioned AFTER INSERT ON headcount.runs
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION headcount.attach_partitions('counts', 'failures', 'density_maps');
CREATE INDEX runs_set ON headcount.runs (set_id, id);
CREATE INDEX runs_active ON headcount.runs (priority DESC, id) WHERE wish = 'active' AND is_open;

COMMENT ON TABLE headcount.runs IS 'Countings of sets: a set may be run again with another model or tile plan.';
COMMENT ON COLUMN headcount.runs.id IS 'Key of the run; its counts and failures lie in the partitions counts_<id> and failures_<id>.';
COMMENT ON COLUMN headcount.runs.set_id IS 'The set that is counted.';
COMMENT ON COLUMN headcount.runs.model_id IS 'The model it is counted with.';
COMMENT ON COLUMN headcount.runs.plan IS 'How pictures are resized and cut into tiles: auto, native or grid:ROWSxCOLUMNS; with ,area behind it, resized by the mean of what a pixel covers, else bilinear.';
COMMENT ON COLUMN headcount.runs.priority IS 'From -1000 to 1000. Runs of a higher priority are claimed first; equal ones share the workers.';
COMMENT ON COLUMN headcount.runs.wish IS 'What people want of the run; the state it is in is told by the view progress.';
COMMENT ON COLUMN headcount.runs.images IS 'Images of the set that are part of the run: those numbered 1 to this.';
COMMENT ON COLUMN headcount.runs.is_open IS 'False once all its images have ended, as long as none is added: nobody looks for work in it.';
COMMENT ON COLUMN headcount.runs.card_label IS 'Only workers that carry this label claim from the run; NULL: all do.';
COMMENT ON COLUMN headcount.runs.keeps_density IS 'True where the density map of each image is kept with its count.';
COMMENT ON COLUMN headcount.runs.created_at IS 'When the run was made.';
COMMENT ON COLUMN headcount.runs.detached_at IS 'When its results were taken out of the views; they lie in counts_<id>, failures_<id> and density_maps_<id> still. Nothing is added to it any more.';

CREATE TABLE headcount.workers (
    id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    host           text        NOT NULL,
    process        integer     NOT NULL,
    engine         text        NOT NULL,
    engine_version text        NOT NULL,
    card           text        NOT NULL,
    simulated      boolean     NOT NULL,
    version        text        NOT NULL,
    labels         text[]      NOT NULL DEFAULT '{}',
    started_at     timestamptz NOT NULL DEFAULT now(),
    heartbeat_at   timestamptz NOT NULL DEFAULT now(),
    lease_until    timestamptz NOT NULL DEFAULT '-infinity',
    rate           double precision NOT NULL DEFAULT 0 CHECK (rate >= 0 AND rate < 'Infinity'),
    held_from      bigint      NOT NULL DEFAULT 0,
    stopped_at     timestamptz,
    ticket         uuid        NOT NULL DEFAULT gen_random_uuid() UNIQUE
) WITH (fillfactor = 50);
-- A heartbeat changes no indexed column, so that it is a heap-only update.
CREATE INDEX workers_live ON headcount.workers (id) WHERE stopped_at IS NULL;

COMMENT ON TABLE headcount.workers IS 'Worker processes, past and present; counts name the one they come from.';
COMMENT ON COLUMN headcount.workers.id IS 'Key of the worker: a process that starts again is a new worker.';
COMMENT ON COLUMN headcount.workers.host IS 'Name of the host it runs on.';
COMMENT ON COLUMN headcount.workers.process IS 'Process id on that host.';
COMMENT ON COLUMN headcount.workers.engine IS 'Engine that computes the densities: openvino, bm1684 or simulated.';
COMMENT ON COLUMN headcount.workers.engine_version IS 'Version of the engine''s runtime library, as the library tells it.';
COMMENT ON COLUMN headcount.workers.card IS 'Device the worker is bound to: cpu, or a card such as bm1684:0.';
COMMENT ON COLUMN headcount.workers.simulated IS 'True where no real device computes: a simulated card, or the vendor''s simulator.';
COMMENT ON COLUMN headcount.workers.version IS 'Version of Headcount.';
COMMENT ON COLUMN headcount.workers.labels IS 'Labels of its card, as runs name them in card_label.';
COMMENT ON COLUMN headcount.workers.started_at IS 'When the worker registered.';
COMMENT ON COLUMN headcount.workers.heartbeat_at IS 'When it was last heard of.';
COMMENT ON COLUMN headcount.workers.lease_until IS 'When all its leases end unless it is heard of, by the clock of the database: one row is renewed, however many shards it holds.';
COMMENT ON COLUMN headcount.workers.rate IS 'Images per second as it measures itself while it has some; 0 before it has told. Shards are cut by it.';
COMMENT ON COLUMN headcount.workers.held_from IS 'Low-water mark: no shard that it holds has a lower token. Moved by its heartbeats, once a minute.';
COMMENT ON COLUMN headcount.workers.stopped_at IS 'When it said good-bye, or was found dead and its shards were given back; NULL while it works.';
COMMENT ON COLUMN headcount.workers.ticket IS 'What it registered by: a registration that is repeated, because its answer was lost, finds itself.';

-- A run is dealt to its stripes in blocks of 1024 images: block 0 to stripe 0, block 1 to stripe 1, block 8 to stripe 0
-- again. Whoever claims locks a stripe, so that eight can claim from a run at once; a run that grows touches none.
CREATE TABLE headcount.stripes (
    run_id  integer  NOT NULL,
    number  smallint NOT NULL CHECK (number BETWEEN 0 AND 7),
    version bigint   NOT NULL DEFAULT 0,
    next    bigint   NOT NULL,
    PRIMARY KEY (run_id, number, version)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000);

COMMENT ON TABLE headcount.stripes IS 'What was never claimed of each run: eight positions in it.';
COMMENT ON COLUMN headcount.stripes.run_id IS 'The run.';
COMMENT ON COLUMN headcount.stripes.number IS 'From 0 to 7; images (n - 1) / 1024 % 8 = number are its own.';
COMMENT ON COLUMN headcount.stripes.version IS 'Grows with every update, so that the newest version is found first.';
COMMENT ON COLUMN headcount.stripes.next IS 'Its first image that was never claimed, where the run has that many.';

CREATE FUNCTION headcount.stripe_rest(stripe integer, next bigint, images bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    -- Own images among the first n are those of n / 8192 full rounds and those of the round that n is in.
    SELECT greatest(0,
        images / 8192 * 1024 + least(greatest(images % 8192 - stripe * 1024, 0), 1024)
        - (next - 1) / 8192 * 1024 - least(greatest((next - 1) % 8192 - stripe * 1024, 0), 1024))
$$;
COMMENT ON FUNCTION headcount.stripe_rest IS 'How many images a stripe has left whose next one is this, in a run of so many images.';

CREATE FUNCTION headcount.newest_stripes(run integer) RETURNS SETOF headcount.stripes
LANGUAGE sql STABLE AS $$
    SELECT t.* FROM generate_series(0, 7) AS k CROSS JOIN LATERAL (
        SELECT s.* FROM headcount.stripes s
        WHERE s.run_id = run AND s.number = k::smallint ORDER BY s.version DESC LIMIT 1) AS t
$$;
COMMENT ON FUNCTION headcount.newest_stripes IS 'The stripes of a run as they are now.';

CREATE TABLE headcount.marks (
    run_id     integer     NOT NULL,
    version    bigint      NOT NULL DEFAULT 0,
    seen_until timestamptz NOT NULL DEFAULT '-infinity',
    moved_at   timestamptz NOT NULL DEFAULT now(),
    looked_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run_id, version)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000);

COMMENT ON TABLE headcount.marks IS 'Low-water marks of the shards that wait, one of each run.';
COMMENT ON COLUMN headcount.marks.run_id IS 'The run.';
COMMENT ON COLUMN headcount.marks.version IS 'Grows with every update, so that the newest version is found first.';
COMMENT ON COLUMN headcount.marks.seen_until IS 'No shard waits that was available before then, but for one whose transaction took longer than a minute.';
COMMENT ON COLUMN headcount.marks.moved_at IS 'When the mark was moved last.';
COMMENT ON COLUMN headcount.marks.looked_at IS 'When somebody last looked before the mark too.';

-- No foreign keys: each row would lock its run's and its worker's, which all workers would have to write to then.
CREATE TABLE headcount.shards (
    id           bigint         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id       integer        NOT NULL,
    images       int8multirange NOT NULL,
    available_at timestamptz    NOT NULL DEFAULT clock_timestamp(),
    token        bigint         NOT NULL DEFAULT 0,
    worker_id    bigint
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000);
CREATE INDEX shards_waiting ON headcount.shards (run_id, available_at, id) WHERE worker_id IS NULL;
CREATE INDEX shards_leased ON headcount.shards (worker_id, token) WHERE worker_id IS NOT NULL;

COMMENT ON TABLE headcount.shards IS 'Groups of images leased as one. A shard is made by the claim that leases it, shrinks with every result that is written, and is deleted by the write that finishes it; what was given back or is to be tried again waits here.';
COMMENT ON COLUMN headcount.shards.id IS 'Key of the shard.';
COMMENT ON COLUMN headcount.shards.run_id IS 'The run.';
COMMENT ON COLUMN headcount.shards.images IS 'Numbers of its images that have not ended yet.';
COMMENT ON COLUMN headcount.shards.available_at IS 'When it may be claimed, later than now where a retry is waiting for its time; once it is leased, since when. Never set to a time that is past.';
COMMENT ON COLUMN headcount.shards.token IS 'Grows with every claim; every write of a worker carries it and is refused when it is no longer this one. 0 where nobody ever claimed it.';
COMMENT ON COLUMN headcount.shards.worker_id IS 'Worker that holds the lease, as long as its row says; NULL while the shard waits.';
