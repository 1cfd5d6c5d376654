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
LANGUAGE plpgsql AS $$
DECLARE
    cancelled integer[];
BEGIN
    WITH changed AS (
        UPDATE headcount.runs SET wish = 'cancelled'
        WHERE set_id = headcount.require_set(set_name) AND wish <> 'cancelled' AND headcount.run_pending(id) > 0
        RETURNING id)
    SELECT coalesce(array_agg(id), '{}') INTO cancelled FROM changed;
    -- Whoever works on them learns it from the next heartbeat or write.
    DELETE FROM headcount.shards WHERE run_id = ANY (cancelled);
    DELETE FROM headcount.stripes WHERE run_id = ANY (cancelled);
    RETURN cardinality(cancelled);
END $$;
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
BEGIN
    IF of_class IS NOT NULL AND NOT EXISTS (
        SELECT FROM headcount.failure_classes c WHERE c.class::text = of_class) THEN
        RAISE EXCEPTION 'no failure class %', of_class USING ERRCODE = 'invalid_parameter_value',
            HINT = 'See the table headcount.failure_classes.';
    END IF;
    PERFORM FROM headcount.runs r WHERE r.id = run AND r.wish <> 'cancelled' FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no run %, or it was cancelled', run USING ERRCODE = 'no_data_found';
    END IF;
    -- Their attempts are forgotten, so that each is tried as often as a new one.
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
COMMENT ON FUNCTION headcount.retry_run IS 'Images of a run that failed for good, of one class or of all, are tried again. Returns how many.';

CREATE FUNCTION headcount.retry(set_name text, of_class text DEFAULT NULL) RETURNS bigint
LANGUAGE sql AS $$
    SELECT coalesce(sum(headcount.retry_run(r.id, of_class)), 0)::bigint
    FROM (SELECT id FROM headcount.runs
        WHERE set_id = headcount.require_set(set_name) AND wish <> 'cancelled' ORDER BY id) AS r
$$;
COMMENT ON FUNCTION headcount.retry IS 'Images of a set that failed for good, of one class or of all, are tried again. Returns how many.';

CREATE FUNCTION headcount.remove_set(set_name text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    of_set integer := headcount.require_set(set_name);
    run integer;
    parent text;
BEGIN
    IF EXISTS (SELECT FROM headcount.runs r WHERE r.set_id = of_set AND r.wish <> 'cancelled'
               AND headcount.run_pending(r.id) > 0) THEN
        RAISE EXCEPTION 'image set % is being counted', set_name USING ERRCODE = 'object_in_use',
            HINT = 'Cancel it first: SELECT headcount.cancel(...)';
    END IF;
    PERFORM FROM headcount.sets WHERE id = of_set FOR UPDATE;
    FOR run IN SELECT id FROM headcount.runs WHERE set_id = of_set LOOP
        DELETE FROM headcount.shards WHERE run_id = run;
        DELETE FROM headcount.stripes WHERE run_id = run;
        DELETE FROM headcount.tallies WHERE run_id = run;
        FOREACH parent IN ARRAY ARRAY['counts', 'failures', 'density_maps'] LOOP
            EXECUTE format('DROP TABLE IF EXISTS headcount.%I', format('%s_%s', parent, run));
        END LOOP;
    END LOOP;
    DELETE FROM headcount.runs WHERE set_id = of_set;
    EXECUTE format('DROP TABLE IF EXISTS headcount.%I', 'images_' || of_set);
    DELETE FROM headcount.sets WHERE id = of_set;
END $$;
COMMENT ON FUNCTION headcount.remove_set IS 'Drops the tables of a set and of its runs: no row is touched, so that it takes no longer for a hundred million images.';

ALTER TABLE headcount.runs ADD COLUMN detached_at timestamptz;
COMMENT ON COLUMN headcount.runs.detached_at IS 'When its results were taken out of the views; they lie in counts_<id>, failures_<id> and density_maps_<id> still.';

CREATE FUNCTION headcount.detach_run(run integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    parent text;
BEGIN
    PERFORM FROM headcount.runs r WHERE r.id = run AND r.detached_at IS NULL
        AND (r.wish = 'cancelled' OR headcount.run_pending(r.id) <= 0) FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'run % is not there, detached already or not done', run
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    FOREACH parent IN ARRAY ARRAY['counts', 'failures', 'density_maps'] LOOP
        EXECUTE format('ALTER TABLE headcount.%I DETACH PARTITION headcount.%I', parent, format('%s_%s', parent, run));
    END LOOP;
    UPDATE headcount.runs SET detached_at = now(), is_open = false WHERE id = run;
END $$;
COMMENT ON FUNCTION headcount.detach_run IS 'Takes the results of a run that is done out of the views, so that queries over all runs stay fast; its tables are left to be dumped, dropped or attached again.';

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
    SELECT 'leases', coalesce(min(w.lease_until) > now() - interval '1 minute', true),
        CASE WHEN count(s.id) = 0 THEN 'none'
        ELSE format('%s shards leased by %s workers, the oldest for %s s', count(s.id), count(DISTINCT w.id),
            round(extract(epoch FROM now() - min(s.available_at)))) END
    FROM headcount.shards s JOIN headcount.workers w ON w.id = s.worker_id
    UNION ALL
    SELECT 'dead rows', coalesce(sum(n_dead_tup), 0) < 1000000,
        format('%s of shards, stripes and tallies, vacuumed last %s', coalesce(sum(n_dead_tup), 0),
            coalesce(to_char(max(greatest(last_vacuum, last_autovacuum)), 'YYYY-MM-DD HH24:MI'), 'never'))
    FROM pg_stat_user_tables WHERE schemaname = 'headcount' AND relname IN ('shards', 'stripes', 'tallies')
    UNION ALL
    -- A kilobyte a row is ample; below a quarter of a gigabyte nobody minds.
    SELECT 'bloat', size < 268435456 + 1024 * live,
        format('%s for %s rows of shards, stripes and tallies', pg_size_pretty(size), live)
            || CASE WHEN size < 268435456 + 1024 * live THEN '' ELSE ': VACUUM FULL them while nobody works' END
    FROM (
        SELECT coalesce(sum(pg_total_relation_size(relid)), 0) AS size, coalesce(sum(n_live_tup), 0) AS live
        FROM pg_stat_user_tables WHERE schemaname = 'headcount' AND relname IN ('shards', 'stripes', 'tallies')
    ) AS hot
    UNION ALL
    SELECT 'old snapshots', coalesce(max(now() - xact_start) < interval '1 hour', true),
        CASE WHEN count(*) = 0 THEN 'none'
        ELSE format('the oldest is %s s old: it keeps dead rows from being removed',
            round(extract(epoch FROM max(now() - coalesce(xact_start, now()))))) END
    FROM pg_stat_activity WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid() AND datname = current_database()
$$;
COMMENT ON FUNCTION headcount.health IS 'What to look after in the queue: missing partitions, the oldest lease, dead rows, bloat, and snapshots that keep dead rows.';
