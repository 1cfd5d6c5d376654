-- Enqueueing: URLs become images, images become shards.

CREATE FUNCTION headcount.find_model(model_name text) RETURNS integer
LANGUAGE plpgsql STABLE AS $$
DECLARE
    found_id integer;
BEGIN
    IF model_name IS NULL THEN
        SELECT id INTO found_id FROM headcount.models WHERE is_default;
        IF found_id IS NULL THEN
            RAISE EXCEPTION 'no default model' USING ERRCODE = 'no_data_found', TABLE = 'models',
                HINT = 'Add one with: headcount model add MANIFEST.json --default';
        END IF;
    ELSE
        SELECT id INTO found_id FROM headcount.models
        WHERE name = model_name OR digest = model_name ORDER BY id DESC LIMIT 1;
        IF found_id IS NULL THEN
            RAISE EXCEPTION 'no model "%"', left(model_name, 100) USING ERRCODE = 'no_data_found', TABLE = 'models',
                HINT = 'See headcount model list, or add it with: headcount model add MANIFEST.json';
        END IF;
    END IF;
    RETURN found_id;
END $$;
COMMENT ON FUNCTION headcount.find_model IS 'The model meant by a name or a digest; the default model for NULL.';

CREATE FUNCTION headcount.plan_of(model integer, asked text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    plan text := coalesce(asked, (SELECT m.manifest ->> 'plan' FROM headcount.models m WHERE m.id = model), 'grid:2x2');
BEGIN
    IF NOT headcount.is_tile_plan(plan) THEN
        RAISE EXCEPTION 'no tile plan "%"', left(plan, 100) USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Use auto, native or grid:ROWSxCOLUMNS with 1 to 16 each, such as grid:2x2, and ,area behind it to resize by areas.';
    END IF;
    RETURN plan;
END $$;
COMMENT ON FUNCTION headcount.plan_of IS 'The tile plan that was asked for, else the model''s own, else grid:2x2.';

CREATE FUNCTION headcount.checked_priority(priority integer) RETURNS smallint
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF priority IS NULL OR priority NOT BETWEEN -1000 AND 1000 THEN
        RAISE EXCEPTION 'priority % is not between -1000 and 1000', coalesce(priority::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Runs of the highest priority are claimed first.';
    END IF;
    RETURN priority::smallint;
END $$;
COMMENT ON FUNCTION headcount.checked_priority IS 'The priority as runs keep it; an error where it is none.';

CREATE FUNCTION headcount.start_run(of_set integer, of_model integer, with_plan text, with_priority smallint,
    with_density boolean)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    new_id integer;
BEGIN
    INSERT INTO headcount.runs (set_id, model_id, plan, priority, keeps_density)
    VALUES (of_set, of_model, headcount.plan_of(of_model, with_plan), with_priority, with_density)
    RETURNING id INTO new_id;
    PERFORM headcount.make_partition('counts', new_id);
    PERFORM headcount.make_partition('failures', new_id);
    PERFORM headcount.make_partition('density_maps', new_id);
    INSERT INTO headcount.stripes (run_id, number, next)
    SELECT new_id, k, k * 1024 + 1 FROM generate_series(0, 7) AS k;
    INSERT INTO headcount.marks (run_id) VALUES (new_id);
    RETURN new_id;
END $$;
COMMENT ON FUNCTION headcount.start_run IS 'Makes a run of a set, without images as yet; the plan is the model''s own where none is given.';

CREATE FUNCTION headcount.ensure_run(of_set integer, model_name text, with_plan text, with_priority smallint,
    with_density boolean)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    of_model integer := headcount.find_model(model_name);
    found_id integer;
BEGIN
    -- The lock of the set's row keeps two from making the same run. Not a full lock: that would make everyone wait
    -- who only refers to the row, workers that write results among them.
    PERFORM FROM headcount.sets WHERE id = of_set FOR NO KEY UPDATE;
    SELECT r.id INTO found_id FROM headcount.runs r
    WHERE r.set_id = of_set AND r.model_id = of_model AND r.wish <> 'cancelled' AND r.detached_at IS NULL
        AND r.plan = headcount.plan_of(of_model, with_plan)
    ORDER BY r.id DESC LIMIT 1;
    IF found_id IS NULL THEN
        RETURN headcount.start_run(of_set, of_model, with_plan, with_priority, with_density);
    END IF;
    -- Workers that know the run already go on without.
    UPDATE headcount.runs SET keeps_density = true WHERE id = found_id AND with_density AND NOT keeps_density;
    RETURN found_id;
END $$;
COMMENT ON FUNCTION headcount.ensure_run IS 'The newest run of a set with this model and plan that is neither cancelled nor detached, made if there is none.';

CREATE FUNCTION headcount.notify_work(run integer) RETURNS void
LANGUAGE sql AS $$
    SELECT pg_notify('headcount', CASE WHEN EXISTS (
            SELECT FROM headcount.runs r JOIN headcount.runs o ON o.priority < r.priority
            WHERE r.id = run AND o.wish = 'active' AND o.is_open)
        THEN 'urgent' ELSE 'work' END)
$$;
COMMENT ON FUNCTION headcount.notify_work IS 'Tells those who wait that a run may have something to claim and, where others of a lower priority are under way, those too who work.';

CREATE FUNCTION headcount.extend_run(run integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    before record;
BEGIN
    SELECT r.images AS old, s.images AS new, r.is_open AND EXISTS (
            SELECT FROM headcount.newest_stripes(r.id) t WHERE t.next <= r.images) AS has_work
    INTO STRICT before FROM headcount.runs r JOIN headcount.sets s ON s.id = r.set_id WHERE r.id = run FOR NO KEY UPDATE OF r;
    IF before.new <= before.old THEN
        RETURN 0;
    END IF;
    UPDATE headcount.runs SET images = before.new, is_open = true WHERE id = run;
    -- Workers that are busy need no notice: one for a list, not one for each of its transactions.
    IF NOT before.has_work THEN
        PERFORM headcount.notify_work(run);
    END IF;
    RETURN before.new - before.old;
END $$;
COMMENT ON FUNCTION headcount.extend_run IS 'Makes the images of the set that are not part of the run yet part of it; returns how many these are.';

CREATE FUNCTION headcount.take_in(set_name text, model text, plan text, priority integer, density boolean,
    urls text[], keys text[], times timestamptz[], extras text[], card_label text DEFAULT NULL,
    OUT run_id integer, OUT added bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET work_mem = '64MB'
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    to_set integer;
    before bigint;
    new_images text;
BEGIN
    -- One look at all of them; as a check of the table, row by row, it would take twice as long. More than 64 MB at once
    -- would be too much for it.
    IF pg_column_size(urls) > 1 << 26 OR array_to_string(urls, '') COLLATE "C" ~ '[\u0001-\u0020\u007f]' THEN
        PERFORM headcount.require_urls(urls);
    END IF;
    IF 'infinity' = ANY (times) OR '-infinity' = ANY (times) THEN
        PERFORM headcount.require_times(urls, times);
    END IF;
    to_set := headcount.ensure_set(set_name);
    run_id := headcount.ensure_run(to_set, model, plan, headcount.checked_priority(priority), coalesce(density, false));
    IF card_label IS NOT NULL THEN
        -- In the same transaction: no other card sees the run before.
        PERFORM headcount.pin(run_id, card_label);
    END IF;
    -- The lock makes numbers gapless and the comparison below sound.
    SELECT images INTO STRICT before FROM headcount.sets WHERE id = to_set FOR NO KEY UPDATE;
    new_images := format('INSERT INTO headcount.%I (set_id, number, url, key, taken_at, extra)', 'images_' || to_set);
    BEGIN
        -- Mostly all of them are new, which the index finds out for nothing.
        -- What has nothing to say is not unnested, which would take a twentieth longer.
        EXECUTE new_images || format('SELECT $1, generate_series($2 + 1, $2 + cardinality($3)), unnest($3), %s, %s, %s',
            CASE WHEN keys IS NULL THEN 'NULL' ELSE 'unnest($4)' END,
            CASE WHEN times IS NULL THEN 'NULL' ELSE 'unnest($5)' END,
            CASE WHEN extras IS NULL THEN 'NULL' ELSE 'unnest($6)::jsonb' END)
        USING to_set, before, urls, keys, times, extras;
        GET DIAGNOSTICS added = ROW_COUNT;
    EXCEPTION
        -- It gave up at the first that was not.
        WHEN unique_violation THEN
            EXECUTE new_images || format($query$
                SELECT $1, $2 + row_number() OVER (ORDER BY line), url, key, taken_at, extra::jsonb
                FROM (
                    SELECT DISTINCT ON (entry) entry, url, key, taken_at, extra, line
                    FROM (
                        SELECT headcount.url_entry(u.url) COLLATE "C" AS entry, *
                        FROM unnest($3, $4, $5, $6) WITH ORDINALITY AS u(url, key, taken_at, extra, line)) AS given
                    ORDER BY entry, line) AS fresh
                WHERE NOT EXISTS (
                    SELECT FROM headcount.%I old WHERE headcount.url_entry(old.url) COLLATE "C" = fresh.entry)
                $query$, 'images_' || to_set)
            USING to_set, before, urls, keys, times, extras;
            GET DIAGNOSTICS added = ROW_COUNT;
    END;
    IF added > 0 THEN
        UPDATE headcount.sets SET images = before + added WHERE id = to_set;
    END IF;
    PERFORM headcount.extend_run(run_id);
END $$;
COMMENT ON FUNCTION headcount.take_in IS 'Enqueues a list: four arrays of the same length, or NULL for one that has nothing to say. What the set holds already is left out. Where a label is given, only cards that carry it count the run.';

CREATE FUNCTION headcount.url_problem(url text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN url IS NULL THEN 'is NULL'
        WHEN length(url) > 8192 THEN 'is longer than 8192 characters'
        WHEN url !~* '^https?://' THEN 'does not begin with http:// or https://'
        WHEN url ~ '[[:cntrl:][:space:]]' THEN 'holds a space or a control character'
        WHEN url !~* '^https?://[^/?#]' THEN 'names no host'
    END
$$;
COMMENT ON FUNCTION headcount.url_problem IS 'Why a text is no URL of an image, NULL where it is one.';

CREATE FUNCTION headcount.require_urls(urls text[]) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    bad record;
BEGIN
    SELECT line, left(url, 200) AS url, headcount.url_problem(url) AS problem INTO bad
    FROM unnest(urls) WITH ORDINALITY AS given(url, line)
    WHERE headcount.url_problem(url) IS NOT NULL ORDER BY line LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'URL % of the list (%) %', bad.line,
            regexp_replace(coalesce(bad.url, 'NULL'), '[\u0001-\u001f\u007f-\u009f]', '?', 'g'), bad.problem
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Give URLs such as https://example.org/1.jpg.';
    END IF;
END $$;
COMMENT ON FUNCTION headcount.require_urls IS 'An error that names the first text that is no URL of an image, where there is one.';

CREATE FUNCTION headcount.require_times(urls text[], times timestamptz[]) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    bad record;
BEGIN
    SELECT left(url, 200) AS url, taken_at INTO bad
    FROM unnest(urls, times) WITH ORDINALITY AS given(url, taken_at, line)
    WHERE NOT isfinite(taken_at) ORDER BY line LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'taken_at of % is %, which is no time', bad.url, bad.taken_at
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Leave it NULL where it is not known.';
    END IF;
END $$;
COMMENT ON FUNCTION headcount.require_times IS 'An error that names the first image whose time is infinite, where there is one.';

CREATE FUNCTION headcount.enqueue(set_name text, urls text[], model text DEFAULT NULL, plan text DEFAULT NULL,
    priority integer DEFAULT 0, density boolean DEFAULT false)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    taken record;
BEGIN
    IF coalesce(cardinality(urls), 0) = 0 THEN
        RAISE EXCEPTION 'no URLs to enqueue' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Give them as an array: ARRAY[''https://example.org/1.jpg''].';
    END IF;
    PERFORM headcount.require_urls(urls);
    SELECT * INTO taken FROM headcount.take_in(set_name, model, plan, priority, density, urls, NULL, NULL, NULL);
    RETURN taken.run_id;
END $$;
COMMENT ON FUNCTION headcount.enqueue IS 'Adds URLs to a set, made if need be, and to its run with this model and plan; returns the run. URLs the set holds already are left out.';

CREATE FUNCTION headcount.recount(set_name text, model text DEFAULT NULL, plan text DEFAULT NULL,
    priority integer DEFAULT 0, density boolean DEFAULT false, card_label text DEFAULT NULL)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    of_set integer;
    new_run integer;
BEGIN
    SELECT id INTO of_set FROM headcount.sets WHERE name = set_name FOR NO KEY UPDATE;
    IF of_set IS NULL THEN
        RAISE EXCEPTION 'no image set "%"', left(set_name, 200) USING ERRCODE = 'no_data_found', TABLE = 'sets',
            HINT = 'See headcount status.';
    END IF;
    new_run := headcount.start_run(of_set, headcount.find_model(model), plan, headcount.checked_priority(priority),
        coalesce(density, false));
    IF card_label IS NOT NULL THEN
        PERFORM headcount.pin(new_run, card_label);
    END IF;
    PERFORM headcount.extend_run(new_run);
    RETURN new_run;
END $$;
COMMENT ON FUNCTION headcount.recount IS 'Makes a new run of a whole set with this model and plan, and returns it. Where a label is given, only cards that carry it count it.';

-- Rows are here within the statement that inserts them alone: its trigger takes them in. So nothing needs to be logged.
CREATE UNLOGGED TABLE headcount.inbox (
    set_name text        NOT NULL,
    url      text        NOT NULL,
    key      text,
    taken_at timestamptz,
    extra    jsonb,
    model    text,
    plan     text,
    priority integer     NOT NULL DEFAULT 0,
    density  boolean     NOT NULL DEFAULT false
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
COMMENT ON TABLE headcount.inbox IS 'Insert here to enqueue, from a query or by COPY: what is inserted is taken in by the same statement, and the table stays empty.';
COMMENT ON COLUMN headcount.inbox.set_name IS 'Image set; it is made if there is none.';
COMMENT ON COLUMN headcount.inbox.url IS 'URL of the image.';
COMMENT ON COLUMN headcount.inbox.key IS 'The archive''s own name for the picture.';
COMMENT ON COLUMN headcount.inbox.taken_at IS 'When the picture was taken.';
COMMENT ON COLUMN headcount.inbox.extra IS 'Whatever else is known of it.';
COMMENT ON COLUMN headcount.inbox.model IS 'Name or digest of the model; NULL for the default model.';
COMMENT ON COLUMN headcount.inbox.plan IS 'Tile plan; NULL for the model''s own.';
COMMENT ON COLUMN headcount.inbox.priority IS 'Priority of the run, where it is made.';
COMMENT ON COLUMN headcount.inbox.density IS 'True to keep density maps.';

CREATE FUNCTION headcount.empty_inbox() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_hashagg = off AS $$
DECLARE
    -- In parts, one after the other, however large the statement is: of 50,000 rows, and of 32 MB or a row more. They
    -- are sorted on disk where they are many, and no more than a part is in memory.
    lists CURSOR FOR
        SELECT n.set_name, n.model, n.plan, n.priority, n.density, array_agg(n.url) AS urls, array_agg(n.key) AS keys,
            array_agg(n.taken_at) AS times, array_agg(n.extra) AS extras
        FROM (
            SELECT o.*, (row_number() OVER list - 1) / 50000 AS part,
                sum(octet_length(o.url) + coalesce(octet_length(o.key), 0) + coalesce(octet_length(o.extra), 0))
                    OVER list / 33554432 AS chunk
            FROM (
                SELECT a.set_name, a.url, a.key, a.taken_at, a.extra::text AS extra, a.model, a.plan, a.priority,
                    a.density, row_number() OVER () AS line
                FROM arrived a) AS o
            WINDOW list AS (PARTITION BY o.set_name, o.model, o.plan, o.priority, o.density ORDER BY o.line)
            ORDER BY o.set_name, o.model, o.plan, o.priority, o.density, part, chunk, o.line) AS n
        GROUP BY n.set_name, n.model, n.plan, n.priority, n.density, n.part, n.chunk
        ORDER BY n.set_name, n.model, n.plan, n.priority, n.density, n.part, n.chunk;
BEGIN
    -- A cursor's loop fetches row by row, that of a query dozens at once.
    FOR list IN lists LOOP
        PERFORM headcount.require_urls(list.urls);
        PERFORM headcount.take_in(list.set_name, list.model, list.plan, list.priority, list.density,
            list.urls, list.keys, list.times, list.extras);
    END LOOP;
    DELETE FROM headcount.inbox;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION headcount.empty_inbox IS 'Takes in what was inserted into the inbox.';
CREATE TRIGGER inbox_taken_in AFTER INSERT ON headcount.inbox
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION headcount.empty_inbox();
