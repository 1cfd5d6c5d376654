-- Hosts, their cards, who leads, and how the cards do: the fleet.

CREATE TABLE headcount.leadership (
    is_only   boolean     PRIMARY KEY DEFAULT true CHECK (is_only),
    fleet     uuid        NOT NULL DEFAULT gen_random_uuid(),
    token     bigint      NOT NULL DEFAULT 0,
    host      text,
    process   integer,
    since     timestamptz,
    chores_at timestamptz
) WITH (fillfactor = 50);
INSERT INTO headcount.leadership DEFAULT VALUES;

COMMENT ON TABLE headcount.leadership IS 'The one coordinator that does the chores of all: one row.';
COMMENT ON COLUMN headcount.leadership.is_only IS 'Always true: there is one row.';
COMMENT ON COLUMN headcount.leadership.fleet IS 'Tells the processes of this database from those of another on the same machine.';
COMMENT ON COLUMN headcount.leadership.token IS 'Grows with every change of the leader; a chore carries it and is refused when it is no longer this one.';
COMMENT ON COLUMN headcount.leadership.host IS 'Host of the leader, or of the last one.';
COMMENT ON COLUMN headcount.leadership.process IS 'Process id of the leader on its host.';
COMMENT ON COLUMN headcount.leadership.since IS 'When it took the lead.';
COMMENT ON COLUMN headcount.leadership.chores_at IS 'When the chores were last done.';

CREATE TABLE headcount.hosts (
    name         text        PRIMARY KEY CHECK (name ~ '^[^/[:space:][:cntrl:]]{1,200}$'),
    process      integer     NOT NULL,
    version      text        NOT NULL,
    cores        integer     NOT NULL,
    memory_bytes bigint      NOT NULL,
    started_at   timestamptz NOT NULL DEFAULT now(),
    heartbeat_at timestamptz NOT NULL DEFAULT now(),
    stopped_at   timestamptz
) WITH (fillfactor = 70);

COMMENT ON TABLE headcount.hosts IS 'Machines that a coordinator looks after.';
COMMENT ON COLUMN headcount.hosts.name IS 'Name of the host; with the name of a card it names that card, as in HOST/CARD.';
COMMENT ON COLUMN headcount.hosts.process IS 'Process id of its coordinator, or of the last one.';
COMMENT ON COLUMN headcount.hosts.version IS 'Version of Headcount.';
COMMENT ON COLUMN headcount.hosts.cores IS 'Processor cores.';
COMMENT ON COLUMN headcount.hosts.memory_bytes IS 'Memory of the machine.';
COMMENT ON COLUMN headcount.hosts.started_at IS 'When its coordinator started.';
COMMENT ON COLUMN headcount.hosts.heartbeat_at IS 'When its coordinator was last heard of.';
COMMENT ON COLUMN headcount.hosts.stopped_at IS 'When its coordinator said good-bye; NULL while it works, and if it was killed.';

CREATE TABLE headcount.cards (
    id                integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    host              text        NOT NULL REFERENCES headcount.hosts ON UPDATE CASCADE,
    name              text        NOT NULL CHECK (name ~ '^[^/[:space:][:cntrl:]]{1,100}$'),
    engine            text        NOT NULL,
    number            integer     NOT NULL CHECK (number >= 0),
    simulated         boolean     NOT NULL,
    present           boolean     NOT NULL DEFAULT true,
    desired_workers   smallint    NOT NULL DEFAULT 1 CHECK (desired_workers BETWEEN 0 AND 64),
    autoscale         int4range   CHECK (autoscale <@ int4range(0, 65) AND NOT isempty(autoscale)),
    labels            text[]      NOT NULL DEFAULT '{}' CHECK (array_position(labels, NULL) IS NULL),
    quarantined_at    timestamptz,
    quarantine_reason text,
    serial            text,
    chip              smallint    NOT NULL DEFAULT 0,
    board             text,
    board_number      integer,
    driver            text,
    memory_bytes      bigint,
    problem           text,
    images_per_second real        NOT NULL DEFAULT 0,
    found_at          timestamptz NOT NULL DEFAULT now(),
    seen_at           timestamptz NOT NULL DEFAULT now(),
    CHECK ((quarantined_at IS NULL) = (quarantine_reason IS NULL))
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX cards_place ON headcount.cards (host, name) WHERE present;
CREATE UNIQUE INDEX cards_serial ON headcount.cards (serial, chip) WHERE serial IS NOT NULL;

COMMENT ON TABLE headcount.cards IS 'Devices that workers count on: BM1684 chips, the CPU of a host, simulated cards. desired_workers and labels are for people to change; the host''s coordinator acts on it at once.';
COMMENT ON COLUMN headcount.cards.id IS 'Key of the card, the same after a reboot or a move to another host where it has a serial number.';
COMMENT ON COLUMN headcount.cards.host IS 'Host it was last seen in.';
COMMENT ON COLUMN headcount.cards.name IS 'Device as workers and results name it, such as bm1684:0.';
COMMENT ON COLUMN headcount.cards.engine IS 'Engine that computes on it: openvino, bm1684 or simulated.';
COMMENT ON COLUMN headcount.cards.number IS 'Number that the runtime gives it on its host.';
COMMENT ON COLUMN headcount.cards.simulated IS 'True where no real device computes.';
COMMENT ON COLUMN headcount.cards.present IS 'False once it is seen no more where it was.';
COMMENT ON COLUMN headcount.cards.desired_workers IS 'Worker processes that people, or autoscaling, want on it.';
COMMENT ON COLUMN headcount.cards.autoscale IS 'Between how many workers the leader may choose, as its coordinator was started; NULL: people choose.';
COMMENT ON COLUMN headcount.cards.labels IS 'Words by which runs choose cards: enqueue --cards label=WORD.';
COMMENT ON COLUMN headcount.cards.quarantined_at IS 'Since when it is kept out of work; NULL while it may work.';
COMMENT ON COLUMN headcount.cards.quarantine_reason IS 'Why it is kept out of work.';
COMMENT ON COLUMN headcount.cards.serial IS 'Serial number of its board, where the runtime tells it.';
COMMENT ON COLUMN headcount.cards.chip IS 'Place among the chips of the same serial number, from 0.';
COMMENT ON COLUMN headcount.cards.board IS 'Name of its board, such as 1684-SC5+.';
COMMENT ON COLUMN headcount.cards.board_number IS 'Number of its board on the host: cards that share it are reset together.';
COMMENT ON COLUMN headcount.cards.driver IS 'Version of the kernel driver.';
COMMENT ON COLUMN headcount.cards.memory_bytes IS 'Memory of the device.';
COMMENT ON COLUMN headcount.cards.problem IS 'Why the runtime cannot open it; NULL where it can.';
COMMENT ON COLUMN headcount.cards.images_per_second IS 'Images its workers counted per second, over the last sample.';
COMMENT ON COLUMN headcount.cards.found_at IS 'When it was first seen.';
COMMENT ON COLUMN headcount.cards.seen_at IS 'When it was last seen.';

CREATE FUNCTION headcount.notify_cards() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Equal notices of one transaction are sent once.
    PERFORM pg_notify('headcount_cards', NEW.host);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION headcount.notify_cards IS 'Tells the coordinator of a card''s host that something about the card was changed.';
CREATE TRIGGER cards_changed AFTER INSERT OR UPDATE OF desired_workers, quarantined_at, present ON headcount.cards
    FOR EACH ROW EXECUTE FUNCTION headcount.notify_cards();

CREATE FUNCTION headcount.take_labels() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.labels := coalesce(
        (SELECT c.labels FROM headcount.cards c WHERE c.host = NEW.host AND c.name = NEW.card AND c.present), NEW.labels);
    RETURN NEW;
END $$;
COMMENT ON FUNCTION headcount.take_labels IS 'A worker that registers carries the labels of its card.';
CREATE TRIGGER workers_labelled BEFORE INSERT ON headcount.workers
    FOR EACH ROW EXECUTE FUNCTION headcount.take_labels();

CREATE FUNCTION headcount.pass_labels() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE headcount.workers w SET labels = NEW.labels
    WHERE w.host = NEW.host AND w.card = NEW.name AND w.stopped_at IS NULL AND w.labels <> NEW.labels;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION headcount.pass_labels IS 'The workers of a card whose labels change carry the new ones at once.';
CREATE TRIGGER cards_labelled AFTER UPDATE OF labels ON headcount.cards
    FOR EACH ROW EXECUTE FUNCTION headcount.pass_labels();

CREATE TABLE headcount.card_samples (
    card_id          integer     NOT NULL REFERENCES headcount.cards ON DELETE CASCADE,
    taken_at         timestamptz NOT NULL DEFAULT now(),
    seconds          real        NOT NULL,
    workers          smallint    NOT NULL,
    images           integer     NOT NULL,
    tiles            integer     NOT NULL,
    busy_ms          integer     NOT NULL,
    empty_lanes      integer     NOT NULL DEFAULT 0,
    chip_celsius     smallint,
    board_celsius    smallint,
    watts            real,
    load_percent     smallint,
    memory_used      bigint,
    PRIMARY KEY (card_id, taken_at)
);
COMMENT ON TABLE headcount.card_samples IS 'How each card did, every few seconds; kept for a day, then as card_hours.';
COMMENT ON COLUMN headcount.card_samples.card_id IS 'The card.';
COMMENT ON COLUMN headcount.card_samples.taken_at IS 'End of the time it is about.';
COMMENT ON COLUMN headcount.card_samples.seconds IS 'Length of that time.';
COMMENT ON COLUMN headcount.card_samples.workers IS 'Worker processes at its end.';
COMMENT ON COLUMN headcount.card_samples.images IS 'Images they counted.';
COMMENT ON COLUMN headcount.card_samples.tiles IS 'Tiles that were computed.';
COMMENT ON COLUMN headcount.card_samples.busy_ms IS 'Milliseconds that the device had something to compute, summed over the workers.';
COMMENT ON COLUMN headcount.card_samples.empty_lanes IS 'Places for tiles in their launches that held none.';
COMMENT ON COLUMN headcount.card_samples.chip_celsius IS 'Temperature of the chip.';
COMMENT ON COLUMN headcount.card_samples.board_celsius IS 'Temperature of the board.';
COMMENT ON COLUMN headcount.card_samples.watts IS 'Power of the chip.';
COMMENT ON COLUMN headcount.card_samples.load_percent IS 'Load of the chip as the driver tells it.';
COMMENT ON COLUMN headcount.card_samples.memory_used IS 'Bytes of its memory in use.';

CREATE TABLE headcount.card_hours (
    card_id      integer     NOT NULL REFERENCES headcount.cards ON DELETE CASCADE,
    hour         timestamptz NOT NULL,
    images       bigint      NOT NULL,
    tiles        bigint      NOT NULL,
    busy_ms      bigint      NOT NULL,
    seconds      real        NOT NULL,
    max_celsius  smallint,
    mean_celsius real,
    mean_watts   real,
    PRIMARY KEY (card_id, hour)
);
COMMENT ON TABLE headcount.card_hours IS 'Samples that are older than a day, by the hour; kept for a year.';
COMMENT ON COLUMN headcount.card_hours.card_id IS 'The card.';
COMMENT ON COLUMN headcount.card_hours.hour IS 'Begin of the hour.';
COMMENT ON COLUMN headcount.card_hours.images IS 'Images counted in it.';
COMMENT ON COLUMN headcount.card_hours.tiles IS 'Tiles computed in it.';
COMMENT ON COLUMN headcount.card_hours.busy_ms IS 'Milliseconds that the device had something to compute.';
COMMENT ON COLUMN headcount.card_hours.seconds IS 'Seconds of it that samples are about.';
COMMENT ON COLUMN headcount.card_hours.max_celsius IS 'Highest temperature of the chip.';
COMMENT ON COLUMN headcount.card_hours.mean_celsius IS 'Mean temperature of the chip.';
COMMENT ON COLUMN headcount.card_hours.mean_watts IS 'Mean power of the chip.';

-- What people do to cards.

CREATE FUNCTION headcount.find_card(card text) RETURNS integer
LANGUAGE plpgsql STABLE AS $$
DECLARE
    found_id integer;
BEGIN
    SELECT c.id INTO found_id FROM headcount.cards c WHERE c.host || '/' || c.name = card AND c.present;
    IF found_id IS NULL THEN
        RAISE EXCEPTION 'no card %', card USING ERRCODE = 'no_data_found',
            HINT = 'headcount cards lists those of every host, as HOST/CARD.';
    END IF;
    RETURN found_id;
END $$;
COMMENT ON FUNCTION headcount.find_card IS 'The card that is named HOST/CARD.';

CREATE FUNCTION headcount.scale(card text, workers integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF workers NOT BETWEEN 0 AND 64 THEN
        RAISE EXCEPTION '% workers: a card takes 0 to 64', workers USING ERRCODE = 'invalid_parameter_value';
    END IF;
    UPDATE headcount.cards SET desired_workers = workers WHERE id = headcount.find_card(card);
END $$;
COMMENT ON FUNCTION headcount.scale IS 'Sets how many worker processes the card HOST/CARD is to have.';

CREATE FUNCTION headcount.quarantine(card text, reason text DEFAULT 'by hand') RETURNS void
LANGUAGE sql AS $$
    UPDATE headcount.cards SET quarantined_at = now(), quarantine_reason = reason
    WHERE id = headcount.find_card(card) AND quarantined_at IS NULL
$$;
COMMENT ON FUNCTION headcount.quarantine IS 'Keeps the card HOST/CARD out of work until it is released; its work goes to the others at once.';

CREATE FUNCTION headcount.release(card text) RETURNS void
LANGUAGE sql AS $$
    UPDATE headcount.cards SET quarantined_at = NULL, quarantine_reason = NULL WHERE id = headcount.find_card(card)
$$;
COMMENT ON FUNCTION headcount.release IS 'Lets the card HOST/CARD work again.';

CREATE FUNCTION headcount.pin(run integer, label text) RETURNS void
LANGUAGE sql AS $$
    UPDATE headcount.runs SET card_label = label WHERE id = run AND card_label IS DISTINCT FROM label
$$;
COMMENT ON FUNCTION headcount.pin IS 'Lets only cards with this label count a run; all of them for NULL.';

-- What coordinators do.

CREATE FUNCTION headcount.record_host(host text, process integer, version text, cores integer, memory_bytes bigint)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO headcount.hosts AS h (name, process, version, cores, memory_bytes)
    VALUES (host, process, version, cores, memory_bytes)
    ON CONFLICT (name) DO UPDATE SET process = excluded.process, version = excluded.version, cores = excluded.cores,
        memory_bytes = excluded.memory_bytes, started_at = now(), heartbeat_at = now(), stopped_at = NULL
$$;
COMMENT ON FUNCTION headcount.record_host IS 'A coordinator tells of its host when it starts.';

CREATE FUNCTION headcount.record_cards(on_host text, all_cards jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    f record;
    known integer;
BEGIN
    FOR f IN
        SELECT * FROM jsonb_to_recordset(all_cards) AS t(name text, engine text, number integer, simulated boolean,
            workers smallint, autoscale int4range, serial text, chip smallint, board text, board_number integer,
            driver text, memory_bytes bigint, problem text)
    LOOP
        -- A card is known by its serial number wherever it is, and one that tells none by its place.
        SELECT c.id INTO known FROM headcount.cards c WHERE c.serial = f.serial AND c.chip = coalesce(f.chip, 0);
        IF known IS NULL THEN
            SELECT c.id INTO known FROM headcount.cards c
            WHERE c.host = on_host AND c.name = f.name AND c.present AND (c.serial IS NULL OR f.serial IS NULL);
        END IF;
        UPDATE headcount.cards c SET present = false
        WHERE c.host = on_host AND c.name = f.name AND c.present AND c.id IS DISTINCT FROM known;
        IF known IS NULL THEN
            INSERT INTO headcount.cards (host, name, engine, number, simulated, desired_workers, autoscale, serial, chip,
                board, board_number, driver, memory_bytes, problem)
            VALUES (on_host, f.name, f.engine, f.number, f.simulated, coalesce(f.workers, 1), f.autoscale, f.serial,
                coalesce(f.chip, 0), f.board, f.board_number, f.driver, f.memory_bytes, f.problem);
        ELSE
            UPDATE headcount.cards c SET seen_at = now(), autoscale = f.autoscale, board = f.board,
                board_number = f.board_number, driver = f.driver, memory_bytes = f.memory_bytes, problem = f.problem,
                serial = coalesce(f.serial, c.serial), chip = coalesce(f.chip, c.chip)
            WHERE c.id = known;
            -- Apart, for this one wakes the coordinator.
            UPDATE headcount.cards c SET host = on_host, name = f.name, engine = f.engine, number = f.number,
                simulated = f.simulated, present = true
            WHERE c.id = known
                AND (c.host, c.name, c.number, c.present) IS DISTINCT FROM (on_host, f.name, f.number, true);
        END IF;
    END LOOP;
    UPDATE headcount.cards c SET present = false
    WHERE c.host = on_host AND c.present
        AND c.name NOT IN (SELECT t.name FROM jsonb_to_recordset(all_cards) AS t(name text));
END $$;
COMMENT ON FUNCTION headcount.record_cards IS 'A coordinator tells which cards its host has: an array of objects with the names of the columns. What people changed stays.';

CREATE FUNCTION headcount.end_workers(on_host text, processes integer[]) RETURNS bigint
LANGUAGE sql AS $$
    WITH gone AS (
        SELECT w.id FROM headcount.workers w
        WHERE w.host = on_host AND w.stopped_at IS NULL AND w.process = ANY (processes)
    ), signed_off AS MATERIALIZED (
        SELECT headcount.sign_off(gone.id) FROM gone
    )
    SELECT count(*) FROM signed_off
$$;
COMMENT ON FUNCTION headcount.end_workers IS 'A coordinator saw these processes of its host end: what they held goes back to the queue at once.';

CREATE FUNCTION headcount.record_samples(cards integer[], seconds real[], workers smallint[], images integer[],
    tiles integer[], busy_ms integer[], empty_lanes integer[], chip_celsius smallint[], board_celsius smallint[],
    watts real[], load_percent smallint[], memory_used bigint[])
RETURNS void LANGUAGE sql AS $$
    WITH sample AS (
        SELECT * FROM unnest(cards, seconds, workers, images, tiles, busy_ms, empty_lanes, chip_celsius, board_celsius,
            watts, load_percent, memory_used) AS u(card_id, seconds, workers, images, tiles, busy_ms, empty_lanes,
            chip_celsius, board_celsius, watts, load_percent, memory_used)
        JOIN headcount.cards c ON c.id = u.card_id
    ), rates AS (
        UPDATE headcount.cards c SET images_per_second = s.images / greatest(s.seconds, 0.001)
        FROM sample s WHERE s.card_id = c.id
    )
    INSERT INTO headcount.card_samples (card_id, seconds, workers, images, tiles, busy_ms, empty_lanes, chip_celsius,
        board_celsius, watts, load_percent, memory_used)
    SELECT s.card_id, s.seconds, s.workers, s.images, s.tiles, s.busy_ms, s.empty_lanes, s.chip_celsius,
        s.board_celsius, s.watts, s.load_percent, s.memory_used
    FROM sample s
    ON CONFLICT DO NOTHING
$$;
COMMENT ON FUNCTION headcount.record_samples IS 'A coordinator tells how its cards did.';

-- The leader's chores. Each carries the token, and holds the row of the leadership until it is committed: a new leader
-- waits for it, and after that the old one is refused.

CREATE FUNCTION headcount.take_lead(on_host text, with_process integer) RETURNS bigint
LANGUAGE sql AS $$
    UPDATE headcount.leadership SET token = token + 1, host = on_host, process = with_process, since = clock_timestamp()
    RETURNING token
$$;
COMMENT ON FUNCTION headcount.take_lead IS 'A coordinator that got the lock of the leader takes the lead; returns its token.';

CREATE FUNCTION headcount.require_lead(with_token bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE headcount.leadership SET chores_at = clock_timestamp() WHERE token = with_token;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'token % no longer leads', with_token USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
END $$;
COMMENT ON FUNCTION headcount.require_lead IS 'Raises an error where the token is not the leader''s; else keeps the lead until the end of the transaction.';

CREATE FUNCTION headcount.do_chores(with_token bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM headcount.require_lead(with_token);
    RETURN headcount.release_expired();
END $$;
COMMENT ON FUNCTION headcount.do_chores IS 'What the leader does every second: gives expired leases back; returns how many workers had them.';

CREATE FUNCTION headcount.do_upkeep(with_token bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM headcount.require_lead(with_token);
    WITH old AS (
        DELETE FROM headcount.card_samples s
        WHERE s.taken_at < date_trunc('hour', now() - interval '1 day') RETURNING s.*
    )
    INSERT INTO headcount.card_hours AS h
        (card_id, hour, images, tiles, busy_ms, seconds, max_celsius, mean_celsius, mean_watts)
    SELECT o.card_id, date_trunc('hour', o.taken_at), sum(o.images), sum(o.tiles), sum(o.busy_ms), sum(o.seconds),
        max(o.chip_celsius), avg(o.chip_celsius), avg(o.watts)
    FROM old o GROUP BY 1, 2
    -- An hour is folded whole, but for samples of a host whose clock was wrong.
    ON CONFLICT (card_id, hour) DO UPDATE SET images = h.images + excluded.images, tiles = h.tiles + excluded.tiles,
        busy_ms = h.busy_ms + excluded.busy_ms, seconds = h.seconds + excluded.seconds,
        max_celsius = greatest(h.max_celsius, excluded.max_celsius);
    DELETE FROM headcount.card_hours WHERE hour < now() - interval '1 year';
    -- Workers that came to nothing: one that crashes as it starts leaves hundreds. Not those that ended so long ago, once
    -- or at last, that what they wrote may be in another's tally by now.
    DELETE FROM headcount.workers w
    WHERE w.stopped_at BETWEEN clock_timestamp() - interval '9 minutes' AND clock_timestamp() - interval '1 minute'
        AND w.stopped_at < w.started_at + interval '9 minutes'
        AND NOT EXISTS (SELECT FROM headcount.tallies t WHERE t.worker_id = w.id)
        AND NOT EXISTS (SELECT FROM headcount.shards s WHERE s.worker_id = w.id);
    PERFORM headcount.detach_old_runs();
    PERFORM headcount.fold_tallies();
END $$;
COMMENT ON FUNCTION headcount.do_upkeep IS 'What the leader does every few minutes: folds old samples and the tallies of workers that ended, drops what is past its time and workers that ended within minutes without a result, and takes old runs out of the views.';

CREATE FUNCTION headcount.set_workers(with_token bigint, card integer, workers integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM headcount.require_lead(with_token);
    UPDATE headcount.cards SET desired_workers = workers
    WHERE id = card AND desired_workers <> workers AND autoscale @> workers;
END $$;
COMMENT ON FUNCTION headcount.set_workers IS 'The leader scales a card that may be scaled by it, within its bounds.';

CREATE VIEW headcount.card_status AS
SELECT c.host || '/' || c.name AS card,
    CASE
        WHEN NOT c.present THEN 'absent'
        WHEN h.stopped_at IS NOT NULL THEN 'stopped'
        WHEN h.heartbeat_at < now() - interval '15 s' THEN 'lost'
        WHEN c.quarantined_at IS NOT NULL THEN 'quarantined'
        WHEN c.problem IS NOT NULL THEN 'unusable'
        WHEN w.running = 0 AND c.desired_workers > 0 THEN 'starting'
        WHEN w.running = 0 THEN 'off'
        WHEN c.images_per_second > 0 THEN 'counting'
        ELSE 'ready'
    END AS state,
    coalesce(c.quarantine_reason, c.problem) AS reason,
    w.running AS workers, c.desired_workers, c.autoscale, c.images_per_second, c.labels, c.engine, c.simulated,
    -- least() passes over NULL.
    (CASE WHEN s.seconds IS NOT NULL THEN least(1, s.busy_ms / (1000 * greatest(s.seconds, 0.001))) END)::real AS busy,
    (s.tiles / nullif(s.tiles + s.empty_lanes, 0)::real)::real AS lane_fill,
    s.load_percent, s.chip_celsius, s.board_celsius, s.watts, s.memory_used, c.memory_bytes,
    c.serial, c.board, c.board_number, c.driver,
    (SELECT array_agg(o.name ORDER BY o.number) FROM headcount.cards o
     WHERE o.host = c.host AND o.present AND o.board_number = c.board_number AND o.id <> c.id) AS reset_with,
    c.quarantined_at, c.seen_at, c.host, c.name, c.id AS card_id
FROM headcount.cards c
JOIN headcount.hosts h ON h.name = c.host
CROSS JOIN LATERAL (
    SELECT count(*) AS running FROM headcount.workers w
    WHERE w.host = c.host AND w.card = c.name AND w.stopped_at IS NULL AND w.heartbeat_at > now() - interval '1 min'
        AND c.present
) AS w
LEFT JOIN LATERAL (
    SELECT * FROM headcount.card_samples s WHERE s.card_id = c.id ORDER BY s.taken_at DESC LIMIT 1
) AS s ON s.taken_at > now() - interval '1 min';
CREATE INDEX workers_running ON headcount.workers (host, card) WHERE stopped_at IS NULL;

COMMENT ON VIEW headcount.card_status IS 'Every card and how it does.';
COMMENT ON COLUMN headcount.card_status.card IS 'HOST/CARD, as scale, quarantine and release take it.';
COMMENT ON COLUMN headcount.card_status.state IS 'counting, ready, starting, off (no worker wanted), quarantined, unusable, stopped (its coordinator ended), lost (its coordinator is not heard of) or absent (the card is gone).';
COMMENT ON COLUMN headcount.card_status.reason IS 'Why it is quarantined or unusable.';
COMMENT ON COLUMN headcount.card_status.workers IS 'Worker processes at work.';
COMMENT ON COLUMN headcount.card_status.desired_workers IS 'Worker processes wanted.';
COMMENT ON COLUMN headcount.card_status.autoscale IS 'Between how many the leader chooses; NULL: people choose.';
COMMENT ON COLUMN headcount.card_status.images_per_second IS 'Images counted per second, over the last sample.';
COMMENT ON COLUMN headcount.card_status.labels IS 'Words by which runs choose cards.';
COMMENT ON COLUMN headcount.card_status.engine IS 'Engine that computes on it.';
COMMENT ON COLUMN headcount.card_status.simulated IS 'True where no real device computes.';
COMMENT ON COLUMN headcount.card_status.busy IS 'Part of the last sample''s time in which it had something to compute, from 0 to 1.';
COMMENT ON COLUMN headcount.card_status.lane_fill IS 'Part of the places for tiles in its launches that held one, over the last sample; NULL where it launched none.';
COMMENT ON COLUMN headcount.card_status.load_percent IS 'Load of the chip.';
COMMENT ON COLUMN headcount.card_status.chip_celsius IS 'Temperature of the chip.';
COMMENT ON COLUMN headcount.card_status.board_celsius IS 'Temperature of the board.';
COMMENT ON COLUMN headcount.card_status.watts IS 'Power of the chip.';
COMMENT ON COLUMN headcount.card_status.memory_used IS 'Bytes of its memory in use.';
COMMENT ON COLUMN headcount.card_status.memory_bytes IS 'Memory of the device.';
COMMENT ON COLUMN headcount.card_status.serial IS 'Serial number of its board.';
COMMENT ON COLUMN headcount.card_status.board IS 'Name of its board.';
COMMENT ON COLUMN headcount.card_status.board_number IS 'Number of its board on the host.';
COMMENT ON COLUMN headcount.card_status.driver IS 'Version of the kernel driver.';
COMMENT ON COLUMN headcount.card_status.reset_with IS 'Other cards that a reset of its board would take down.';
COMMENT ON COLUMN headcount.card_status.quarantined_at IS 'Since when it is kept out of work.';
COMMENT ON COLUMN headcount.card_status.seen_at IS 'When it was last seen.';
COMMENT ON COLUMN headcount.card_status.host IS 'Its host.';
COMMENT ON COLUMN headcount.card_status.name IS 'Its name on the host.';
COMMENT ON COLUMN headcount.card_status.card_id IS 'Its key.';
