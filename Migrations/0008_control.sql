-- What people do with sets and runs, retention, and health.

CREATE INDEX failures_final ON headcount.failures (class, image) WHERE final;

CREATE FUNCTION headcount.require_set(set_name text) RETURNS integer
LANGUAGE plpgsql STABLE AS $$
DECLARE
    found_id integer;
BEGIN
    SELECT id INTO found_id FROM headcount.sets WHERE name = set_name;
    IF found_id IS NULL THEN
        RAISE EXCEPTION 'no image set "%"', left(set_name, 200) USING ERRCODE = 'no_data_found', TABLE = 'sets',
            HINT = 'See headcount status.';
    END IF;
    RETURN found_id;
END $$;
COMMENT ON FUNCTION headcount.require_set IS 'The id of the set of this name; an error where there is none.';

CREATE FUNCTION headcount.notify_runs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Also where this one is put behind the others: those are the urgent ones now.
    PERFORM pg_notify('headcount', CASE WHEN EXISTS (
            SELECT FROM headcount.runs r WHERE r.wish = 'active' AND r.is_open AND r.priority <> NEW.priority)
        THEN 'urgent' ELSE 'work' END);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION headcount.notify_runs IS 'Tells workers that a run goes on or changed its place among the others, by whatever statement.';
CREATE TRIGGER runs_changed AFTER UPDATE OF wish, priority ON headcount.runs
    FOR EACH ROW WHEN (NEW.wish = 'active' AND NEW.is_open
        AND (OLD.wish <> NEW.wish OR OLD.priority <> NEW.priority))
    EXECUTE FUNCTION headcount.notify_runs();

CREATE FUNCTION headcount.drop_work(run integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    -- Stripes first: that waits for claims under way, whose shards are there to be deleted then. Shards again and again:
    -- one that is split or written to just now leaves another, which is seen only after the wait for the first.
    DELETE FROM headcount.stripes s WHERE s.run_id = run;
    LOOP
        DELETE FROM headcount.shards s WHERE s.run_id = run;
        EXIT WHEN NOT FOUND;
    END LOOP;
END $$;
COMMENT ON FUNCTION headcount.drop_work IS 'Takes all that is left of a run out of the queue. Whoever works on it learns it from the next heartbeat or write.';

CREATE FUNCTION headcount.cancel_run() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.wish = 'cancelled' THEN
        RAISE EXCEPTION 'run % was cancelled: what was left of it is gone', OLD.id
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'headcount recount makes a new run of the set.';
    END IF;
    PERFORM headcount.drop_work(NEW.id);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION headcount.cancel_run IS 'A run that is cancelled, by whatever statement, leaves the queue, and does not come back.';
CREATE TRIGGER runs_cancelled AFTER UPDATE OF wish ON headcount.runs
    FOR EACH ROW WHEN ((OLD.wish = 'cancelled') <> (NEW.wish = 'cancelled'))
    EXECUTE FUNCTION headcount.cancel_run();

CREATE FUNCTION headcount.pause(set_name text) RETURNS bigint
LANGUAGE sql AS $$
    WITH changed AS (
        UPDATE headcount.runs SET wish = 'paused'
        WHERE set_id = headcount.require_set(set_name) AND wish = 'active' RETURNING id)
    SELECT count(*) FROM changed
$$;
COMMENT ON FUNCTION headcount.pause IS 'Nothing more of a set is claimed; what is leased is finished. Returns how many runs this changed.';

CREATE FUNCTION headcount.resume(set_name text) RETURNS bigint
LANGUAGE sql AS $$
    WITH changed AS (
        UPDATE headcount.runs SET wish = 'active'
        WHERE set_id = headcount.require_set(set_name) AND wish = 'paused' RETURNING id)
    SELECT count(*) FROM changed
$$;
COMMENT ON FUNCTION headcount.resume IS 'Paused runs of a set go on. Returns how many runs this changed.';

CREATE FUNCTION headcount.cancel(set_name text) RETURNS bigint
LANGUAGE sql AS $$
    WITH changed AS (
        UPDATE headcount.runs SET wish = 'cancelled'
        WHERE set_id = headcount.require_set(set_name) AND wish <> 'cancelled' AND headcount.run_pending(id) > 0
        RETURNING id)
    SELECT count(*) FROM changed
$$;
COMMENT ON FUNCTION headcount.cancel IS 'What is left of the runs of a set is dropped for good; counts that are there stay. Returns how many runs this changed.';

CREATE FUNCTION headcount.set_priority(set_name text, priority integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    new_priority smallint := headcount.checked_priority(priority);
    changed bigint;
BEGIN
    UPDATE headcount.runs r SET priority = new_priority
    WHERE r.set_id = headcount.require_set(set_name) AND r.wish <> 'cancelled';
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END $$;
COMMENT ON FUNCTION headcount.set_priority IS 'The runs of a set are claimed before those of a lower priority from now on. Returns how many runs these are.';

CREATE FUNCTION headcount.retry_run(run integer, of_class text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    images bigint;
    detached timestamptz;
BEGIN
    IF of_class IS NOT NULL AND NOT EXISTS (
        SELECT FROM headcount.failure_classes c WHERE c.class::text = of_class) THEN
        RAISE EXCEPTION 'no failure class %', of_class USING ERRCODE = 'invalid_parameter_value',
            HINT = 'See the table headcount.failure_classes.';
    END IF;
    SELECT r.detached_at INTO detached FROM headcount.runs r
    WHERE r.id = run AND r.wish <> 'cancelled' FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no run %, or it was cancelled', run USING ERRCODE = 'no_data_found';
    END IF;
    IF detached IS NOT NULL THEN
        RAISE EXCEPTION 'run % was detached: what it would count now would be in no view', run
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'headcount recount makes a new run of the set.';
    END IF;
    -- What is about to wait becomes visible when all of this is done, which may take long: until then the low-water mark
    -- stays where it is.
    PERFORM FROM headcount.marks m WHERE m.run_id = run FOR NO KEY UPDATE;
    -- The one place where failures are deleted. Their attempts are forgotten, so that each is tried as often as a new one.
    EXECUTE format($query$
        WITH gone AS (
            DELETE FROM headcount.%1$I f WHERE f.image IN (
                SELECT x.image FROM headcount.%1$I x
                WHERE x.final AND ($2::text IS NULL OR x.class = $2::headcount.failure_class))
            RETURNING f.image
        ), numbered AS (
            SELECT image, (row_number() OVER (ORDER BY image) - 1) / 64 AS part
            FROM (SELECT DISTINCT image FROM gone) AS images
        ), waiting AS (
            INSERT INTO headcount.shards (run_id, images)
            SELECT $1, range_agg(int8range(image, image, '[]')) FROM numbered GROUP BY part
        )
        SELECT count(*) FROM numbered
        $query$, 'failures_' || run)
    INTO images USING run, of_class;
    IF images > 0 THEN
        PERFORM headcount.add_to_tally(run, 0, 0, -images);
        UPDATE headcount.runs SET is_open = true WHERE id = run;
        PERFORM headcount.notify_work(run);
    END IF;
    RETURN images;
END $$;
COMMENT ON FUNCTION headcount.retry_run IS 'Images of a run that failed for good, of one class or of all, are tried again: their failures are deleted. An error for a run that was cancelled or detached. Returns how many.';

CREATE FUNCTION headcount.retry(set_name text, of_class text DEFAULT NULL) RETURNS bigint
LANGUAGE sql AS $$
    SELECT coalesce(sum(headcount.retry_run(r.id, of_class)), 0)::bigint
    FROM (SELECT id FROM headcount.runs
        WHERE set_id = headcount.require_set(set_name) AND wish <> 'cancelled' AND detached_at IS NULL
        ORDER BY id) AS r
$$;
COMMENT ON FUNCTION headcount.retry IS 'Images of a set that failed for good, of one class or of all, are tried again, but for runs that were cancelled or detached. Returns how many.';

CREATE FUNCTION headcount.bound_waits() RETURNS void
LANGUAGE sql AS $$
    SELECT set_config('lock_timeout', '3s', true) WHERE current_setting('lock_timeout') = '0'
$$;
COMMENT ON FUNCTION headcount.bound_waits IS 'This transaction waits for no lock longer than three seconds, unless it was told how long already: whoever waits for a whole table keeps everybody waiting who comes after, workers with leases of ten seconds among them.';

CREATE FUNCTION headcount.remove_set(set_name text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    of_set integer := headcount.require_set(set_name);
    run integer;
    parent text;
BEGIN
    PERFORM headcount.bound_waits();
    -- Whoever enqueues holds the set first, and then its run; whoever has failures tried again, the run. What they did is
    -- seen by the next statement alone.
    PERFORM FROM headcount.sets WHERE id = of_set FOR UPDATE;
    PERFORM FROM headcount.runs WHERE set_id = of_set ORDER BY id FOR UPDATE;
    IF EXISTS (SELECT FROM headcount.runs r WHERE r.set_id = of_set AND r.wish <> 'cancelled'
               AND headcount.run_pending(r.id) > 0) THEN
        RAISE EXCEPTION 'image set "%" is being counted', left(set_name, 200) USING ERRCODE = 'object_in_use',
            HINT = 'Cancel it first: SELECT headcount.cancel(...)';
    END IF;
    FOR run IN SELECT id FROM headcount.runs WHERE set_id = of_set LOOP
        PERFORM headcount.drop_work(run);
        DELETE FROM headcount.marks WHERE run_id = run;
        DELETE FROM headcount.tallies WHERE run_id = run;
        FOREACH parent IN ARRAY ARRAY['counts', 'failures', 'density_maps'] LOOP
            EXECUTE format('DROP TABLE IF EXISTS headcount.%I', format('%s_%s', parent, run));
        END LOOP;
    END LOOP;
    DELETE FROM headcount.runs WHERE set_id = of_set;
    EXECUTE format('DROP TABLE IF EXISTS headcount.%I', 'images_' || of_set);
    DELETE FROM headcount.sets WHERE id = of_set;
EXCEPTION
    WHEN lock_not_available THEN
        RAISE EXCEPTION 'image set "%" is in use: somebody enqueues, or reads images or results, were it of other sets',
            left(set_name, 200) USING ERRCODE = 'lock_not_available',
                HINT = 'Nothing was removed, though what was cancelled before stays so; try again later.';
END $$;
COMMENT ON FUNCTION headcount.remove_set IS 'Drops the tables of a set and of its runs: no row is touched, so that it takes no longer for a hundred million images.';

CREATE FUNCTION headcount.detach_run(run integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    parent text;
BEGIN
    PERFORM headcount.bound_waits();
    -- Whoever enqueues holds the set first, and then its run. What they did is seen by the next statement alone.
    PERFORM FROM headcount.sets s WHERE s.id = (SELECT r.set_id FROM headcount.runs r WHERE r.id = run)
        FOR NO KEY UPDATE;
    PERFORM FROM headcount.runs r WHERE r.id = run FOR UPDATE;
    PERFORM FROM headcount.runs r WHERE r.id = run AND r.detached_at IS NULL
        AND (r.wish = 'cancelled' OR headcount.run_pending(r.id) <= 0);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'run % is not there, detached already or not done', run
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    FOREACH parent IN ARRAY ARRAY['counts', 'failures', 'density_maps'] LOOP
        EXECUTE format('ALTER TABLE headcount.%I DETACH PARTITION headcount.%I', parent, format('%s_%s', parent, run));
    END LOOP;
    UPDATE headcount.runs SET detached_at = now(), is_open = false WHERE id = run;
EXCEPTION
    WHEN lock_not_available THEN
        RAISE EXCEPTION 'run % is in use: somebody enqueues, or reads results, were it of other runs', run
            USING ERRCODE = 'lock_not_available', HINT = 'Nothing was changed; try again later.';
END $$;
COMMENT ON FUNCTION headcount.detach_run IS 'Takes the results of a run that is done out of the views, so that queries over all runs stay fast; its tables are left to be dumped or dropped. Images that are enqueued later are counted by a new run.';

CREATE FUNCTION headcount.detach_old_runs() RETURNS bigint
LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
    run integer;
    detached bigint := 0;
BEGIN
    FOR run IN
        SELECT r.id FROM headcount.runs r JOIN headcount.sets s ON s.id = r.set_id
        WHERE s.detach_after IS NOT NULL AND r.detached_at IS NULL
            AND (r.wish = 'cancelled' OR headcount.run_pending(r.id) <= 0)
            AND EXISTS (SELECT FROM headcount.runs newer WHERE newer.set_id = r.set_id AND newer.id > r.id)
            AND coalesce((SELECT max(t.last_at) FROM headcount.tallies_of(r.id) t), r.created_at) < now() - s.detach_after
        ORDER BY r.id
    LOOP
        BEGIN
            PERFORM headcount.detach_run(run);
            detached := detached + 1;
        EXCEPTION
            -- Somebody reads the results just now: those who would have to wait behind us shall not. Another time.
            WHEN lock_not_available THEN NULL;
        END;
    END LOOP;
    RETURN detached;
END $$;
COMMENT ON FUNCTION headcount.detach_old_runs IS 'Takes the results of runs out of the views whose set says that it is time (detach_after); returns how many runs these were. The leading coordinator calls it every few minutes; where there is none, call it daily.';

CREATE FUNCTION headcount.fold_tallies() RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    part record;
    keeper bigint;
    sums record;
    folded bigint := 0;
BEGIN
    -- By engine, which those who read the tallies tell apart; long enough after the end that rates have faded.
    FOR part IN
        SELECT t.run_id, array_agg(t.worker_id) AS workers FROM headcount.tallies t
        JOIN headcount.workers w ON w.id = t.worker_id
        WHERE w.stopped_at < now() - interval '10 minutes'
        GROUP BY t.run_id, w.engine, w.simulated HAVING count(*) > 1
    LOOP
        -- Not while the set is removed, which has its own order of them.
        PERFORM FROM headcount.runs r JOIN headcount.sets s ON s.id = r.set_id
        WHERE r.id = part.run_id FOR KEY SHARE OF s SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
        keeper := (SELECT max(n) FROM unnest(part.workers) AS n);
        -- Not by version: whoever writes to one just now is waited for, and one that comes back later begins a new row.
        PERFORM FROM headcount.tallies t WHERE t.run_id = part.run_id AND t.worker_id = keeper FOR UPDATE;
        CONTINUE WHEN NOT FOUND;
        WITH gone AS (
            DELETE FROM headcount.tallies t
            WHERE t.run_id = part.run_id AND t.worker_id = ANY (part.workers) AND t.worker_id <> keeper RETURNING t.*
        )
        SELECT count(*) AS n, coalesce(sum(counted), 0) AS counted, coalesce(sum(failed), 0) AS failed,
            min(first_at) AS first_at, max(last_at) AS last_at
        INTO sums FROM gone;
        UPDATE headcount.tallies t SET version = t.version + 1, counted = t.counted + sums.counted,
            failed = t.failed + sums.failed, first_at = least(t.first_at, sums.first_at),
            last_at = greatest(t.last_at, sums.last_at)
        WHERE t.run_id = part.run_id AND t.worker_id = keeper;
        folded := folded + sums.n;
    END LOOP;
    RETURN folded;
END $$;
COMMENT ON FUNCTION headcount.fold_tallies IS 'Adds up the tallies of workers that ended, run by run and engine by engine, so that a run has few however often workers were started anew; returns how many were added to another. The leading coordinator calls it every few minutes; where there is none, call it daily.';

CREATE FUNCTION headcount.health() RETURNS TABLE (what text, is_good boolean, detail text)
LANGUAGE sql STABLE AS $$
    SELECT 'partitions', count(*) = 0,
        coalesce('missing: ' || string_agg(missing, ', '), 'all there')
    FROM (
        SELECT 'images_' || id AS missing FROM headcount.sets
        UNION ALL
        SELECT parent || '_' || id FROM headcount.runs,
            unnest(ARRAY['counts', 'failures', 'density_maps']) AS parent WHERE detached_at IS NULL
    ) AS expected
    WHERE to_regclass('headcount.' || missing) IS NULL
    UNION ALL
    SELECT 'detached runs', count(*) = 0,
        coalesce('counted where no view shows it: ' || string_agg(id::text, ', ' ORDER BY id)
            || '; cancel them and recount their sets', 'none open')
    FROM headcount.runs WHERE detached_at IS NOT NULL AND is_open AND wish <> 'cancelled'
    UNION ALL
    SELECT 'leases', coalesce(min(w.lease_until) > now() - interval '1 minute', true),
        CASE WHEN count(s.id) = 0 THEN 'none'
        ELSE format('%s shards leased by %s workers, the oldest for %s s', count(s.id), count(DISTINCT w.id),
            round(extract(epoch FROM now() - min(s.available_at)))) END
    FROM headcount.shards s JOIN headcount.workers w ON w.id = s.worker_id
    UNION ALL
    SELECT 'dead rows', coalesce(sum(n_dead_tup), 0) < 1000000,
        format('%s of shards, stripes, tallies and marks, vacuumed last %s', coalesce(sum(n_dead_tup), 0),
            coalesce(to_char(max(greatest(last_vacuum, last_autovacuum)), 'YYYY-MM-DD HH24:MI'), 'never'))
    FROM pg_stat_user_tables WHERE schemaname = 'headcount' AND relname IN ('shards', 'stripes', 'tallies', 'marks')
    UNION ALL
    -- A kilobyte a row is ample; below a quarter of a gigabyte nobody minds.
    SELECT 'bloat', size < 268435456 + 1024 * live,
        format('%s for %s rows of shards, stripes, tallies and marks', pg_size_pretty(size), live)
            || CASE WHEN size < 268435456 + 1024 * live THEN '' ELSE ': VACUUM FULL them while nobody works' END
    FROM (
        SELECT coalesce(sum(pg_total_relation_size(relid)), 0) AS size, coalesce(sum(n_live_tup), 0) AS live
        FROM pg_stat_user_tables WHERE schemaname = 'headcount' AND relname IN ('shards', 'stripes', 'tallies', 'marks')
    ) AS hot
    UNION ALL
    -- When those of other roles began is told to those alone who may read all statistics. Of these, and of standbys, it
    -- is known how many transactions came after: as many as a fleet of 24 workers makes in an hour.
    SELECT 'old snapshots', coalesce(max(now() - since) < interval '1 hour', true)
            AND coalesce(max(age(oldest)) FILTER (WHERE since IS NULL) < 150000, true),
        CASE WHEN count(*) = 0 THEN 'none' ELSE concat_ws('; ',
            CASE WHEN count(since) > 0 THEN
                format('the oldest is %s s old: it keeps dead rows from being removed (pg_stat_activity, pg_prepared_xacts)',
                    round(extract(epoch FROM max(now() - since)))) END,
            CASE WHEN count(*) > count(since) THEN
                format('%s of other roles or of standbys, the oldest of them %s transactions ago: GRANT pg_read_all_stats '
                    'TO %I shows since when (pg_stat_activity, pg_replication_slots)', count(*) - count(since),
                    max(age(oldest)) FILTER (WHERE since IS NULL), current_user) END) END
    FROM (
        -- Of no user: vacuum, which keeps nothing. Of no database: a standby that tells what its readers see.
        SELECT xact_start AS since, backend_xmin AS oldest FROM pg_stat_activity
        WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid() AND usesysid IS NOT NULL
            AND (datid IS NULL OR datname = current_database())
        UNION ALL
        -- One that was prepared and forgotten outlasts every connection.
        SELECT prepared, transaction FROM pg_prepared_xacts WHERE database = current_database()
        UNION ALL
        -- So does that of a standby that is gone.
        SELECT NULL, xmin FROM pg_replication_slots WHERE xmin IS NOT NULL
    ) AS open
$$;
COMMENT ON FUNCTION headcount.health IS 'What to look after in the queue: missing partitions, runs that are counted and detached, the oldest lease, dead rows, bloat, and snapshots that keep dead rows.';
