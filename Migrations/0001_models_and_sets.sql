-- Models, image sets and their images: what is counted, and with what.

COMMENT ON SCHEMA headcount IS
    'Headcount counts the people in archival image sets: image URLs come in, counts come out.';

CREATE TABLE headcount.models (
    id         integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text        NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    -- json, not jsonb: the digest is that of these very bytes.
    manifest   json        NOT NULL,
    digest     text        NOT NULL UNIQUE,
    is_default boolean     NOT NULL DEFAULT false,
    added_at   timestamptz NOT NULL DEFAULT now(),
    CHECK (digest = encode(sha256(convert_to(manifest::text, 'UTF8')), 'hex'))
);
CREATE UNIQUE INDEX models_one_default ON headcount.models (is_default) WHERE is_default;
CREATE INDEX models_name ON headcount.models (name, id);

COMMENT ON TABLE headcount.models IS 'Crowd-density networks that runs can use. A row is never changed; a changed model is a new row of the same name.';
COMMENT ON COLUMN headcount.models.id IS 'Key of the model in this database.';
COMMENT ON COLUMN headcount.models.name IS 'Name people use; the newest model of a name is the one meant by it.';
COMMENT ON COLUMN headcount.models.manifest IS 'Files per engine with digests, input geometry, colour order, mean, scale, output stride, density scale.';
COMMENT ON COLUMN headcount.models.digest IS 'SHA-256 of the manifest in hexadecimal digits: the model''s identity everywhere.';
COMMENT ON COLUMN headcount.models.is_default IS 'True for the one model that is used where none is named.';
COMMENT ON COLUMN headcount.models.added_at IS 'When the model was added.';

CREATE TABLE headcount.model_files (
    digest  text  PRIMARY KEY,
    content bytea NOT NULL,
    CHECK (digest = encode(sha256(content), 'hex'))
);
-- Networks do not compress; storing them plainly makes reading a part cheap.
ALTER TABLE headcount.model_files ALTER COLUMN content SET STORAGE EXTERNAL;

COMMENT ON TABLE headcount.model_files IS 'The files that manifests name, by digest. Workers fill their local store from here.';
COMMENT ON COLUMN headcount.model_files.digest IS 'SHA-256 of the content in hexadecimal digits.';
COMMENT ON COLUMN headcount.model_files.content IS 'The bytes of the file.';

CREATE FUNCTION headcount.set_name_problem(name text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    -- By code points: classes such as [:cntrl:] are what the locale of a database takes them for.
    SELECT CASE
        WHEN name IS NULL THEN 'is NULL'
        WHEN name ~ '^[\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$' THEN 'is blank'
        WHEN length(name) > 200 THEN 'is longer than 200 characters'
        WHEN name ~ '[\u0001-\u001f\u007f-\u009f]' THEN 'holds a control character'
        WHEN name ~ '\ufffd' THEN 'holds U+FFFD, which stands for bytes that are not UTF-8'
    END
$$;
COMMENT ON FUNCTION headcount.set_name_problem IS 'Why a text cannot be the name of an image set, NULL where it can.';

CREATE TABLE headcount.sets (
    id         integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text        NOT NULL UNIQUE CHECK (headcount.set_name_problem(name) IS NULL),
    images     bigint      NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    detach_after interval  CHECK (detach_after >= interval '0')
);

COMMENT ON TABLE headcount.sets IS 'Image sets: named collections of image URLs.';
COMMENT ON COLUMN headcount.sets.id IS 'Key of the set; its images lie in the partition images_<id>.';
COMMENT ON COLUMN headcount.sets.name IS 'Name people use.';
COMMENT ON COLUMN headcount.sets.images IS 'Images in the set: they are numbered from 1 to this without a gap.';
COMMENT ON COLUMN headcount.sets.created_at IS 'When the first image was enqueued.';
COMMENT ON COLUMN headcount.sets.detach_after IS 'How long after its last result a run that is done, and is not the newest of the set, is taken out of the views; NULL: never. See detach_old_runs().';

CREATE TABLE headcount.images (
    set_id   integer     NOT NULL,
    number   bigint      NOT NULL,
    -- By bytes, not by the letters of a language, and by what is quickest: each row pays for it. take_in() looks for
    -- spaces and control characters, in a whole list at once. url_problem() says what is wrong.
    url      text        NOT NULL CHECK ((octet_length(url) <= 8192 OR length(url) <= 8192)
        AND (url COLLATE "C" LIKE 'http://%' OR url COLLATE "C" LIKE 'https://%' OR url COLLATE "C" ~* '^https?://')),
    key      text,
    taken_at timestamptz,
    extra    jsonb,
    PRIMARY KEY (set_id, number)
) PARTITION BY LIST (set_id);

COMMENT ON TABLE headcount.images IS 'The URLs of every set. Written once, never updated; one partition per set.';
COMMENT ON COLUMN headcount.images.set_id IS 'The set.';
COMMENT ON COLUMN headcount.images.number IS 'Place in the set, from 1 without a gap; runs and shards name images by it.';
COMMENT ON COLUMN headcount.images.url IS 'Where the picture is fetched from: http or https.';
COMMENT ON COLUMN headcount.images.key IS 'The archive''s own name for the picture, where it gave one.';
COMMENT ON COLUMN headcount.images.taken_at IS 'When the picture was taken, where the archive knows.';
COMMENT ON COLUMN headcount.images.extra IS 'Further columns of the enqueued CSV, by name, as text.';

CREATE FUNCTION headcount.url_entry(url text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    -- An index holds 2700 bytes at most.
    SELECT CASE WHEN octet_length(url) <= 2000 THEN url ELSE md5(url) END
$$;
COMMENT ON FUNCTION headcount.url_entry IS 'What a URL is found by: the index of each set is over url_entry(url) COLLATE "C".';

CREATE FUNCTION headcount.make_partition(parent text, id integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    child text := format('%s_%s', parent, id);
    key text := CASE parent WHEN 'images' THEN 'set_id' ELSE 'run_id' END;
BEGIN
    IF parent NOT IN ('images', 'counts', 'failures', 'density_maps') THEN
        RAISE EXCEPTION 'headcount.% is not partitioned', parent USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- Made apart, and attached when the transaction ends: CREATE TABLE ... PARTITION OF would lock out every reader of
    -- the parent, and what is attached keeps everybody else from attaching until then. Whoever inserts a hundred million
    -- images in one transaction makes nobody wait for a new set. The constraint spares the end to read them all.
    EXECUTE format('CREATE TABLE headcount.%I (LIKE headcount.%I INCLUDING ALL, CONSTRAINT own_rows CHECK (%I = %s))',
        child, parent, key, id);
    IF parent = 'images' THEN
        -- Lists are mostly in some order, in which new entries lie next to each other, unlike hashes.
        EXECUTE format('CREATE UNIQUE INDEX %I ON headcount.%I ((headcount.url_entry(url)) COLLATE "C")',
            child || '_url', child);
    ELSIF parent = 'density_maps' THEN
        -- Rows of more than this are compressed; by default they would have to be of two kilobytes.
        EXECUTE format('ALTER TABLE headcount.%I SET (toast_tuple_target = 256)', child);
    END IF;
    EXECUTE format('COMMENT ON TABLE headcount.%I IS %L', child,
        format('The part of %s that is of %s %s.', parent, CASE parent WHEN 'images' THEN 'set' ELSE 'run' END, id));
END $$;
COMMENT ON FUNCTION headcount.make_partition IS 'Makes the table of images, counts, failures or density_maps that holds one set or run: a partition from the end of the transaction on. Until then it is known by its own name alone.';

CREATE FUNCTION headcount.attach_partitions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parent text;
    child regclass;
BEGIN
    FOREACH parent IN ARRAY TG_ARGV LOOP
        child := to_regclass(format('headcount.%I', format('%s_%s', parent, NEW.id)));
        -- The same transaction may have removed it again.
        CONTINUE WHEN child IS NULL OR EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = child);
        EXECUTE format('ALTER TABLE headcount.%I ATTACH PARTITION %s FOR VALUES IN (%s)', parent, child, NEW.id);
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT own_rows', child);
    END LOOP;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION headcount.attach_partitions IS 'Makes the tables of a new set or run partitions, as the last thing that its transaction does.';
CREATE CONSTRAINT TRIGGER sets_partitioned AFTER INSERT ON headcount.sets
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION headcount.attach_partitions('images');

CREATE FUNCTION headcount.ensure_set(set_name text) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    found_id integer;
    problem text := headcount.set_name_problem(set_name);
BEGIN
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'an image set cannot be called "%": its name %',
            regexp_replace(left(set_name, 60), '[\u0001-\u001f\u007f-\u009f]', '?', 'g'), problem
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Use 1 to 200 characters, without control characters.';
    END IF;
    SELECT id INTO found_id FROM headcount.sets WHERE name = set_name;
    IF found_id IS NULL THEN
        INSERT INTO headcount.sets (name) VALUES (set_name) ON CONFLICT DO NOTHING RETURNING id INTO found_id;
        IF found_id IS NULL THEN
            -- Someone else made it between the two statements.
            SELECT id INTO STRICT found_id FROM headcount.sets WHERE name = set_name;
        ELSE
            PERFORM headcount.make_partition('images', found_id);
        END IF;
    END IF;
    RETURN found_id;
END $$;
COMMENT ON FUNCTION headcount.ensure_set IS 'The id of the set of this name, made if there is none.';
