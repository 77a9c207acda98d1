-- Whether the member takes part by choice: made the group, or has posted there. Others may put anybody into a group, or open
-- a direct conversation with anybody. Nobody takes part in Everyone.
ALTER TABLE member ADD COLUMN takes_part INTEGER NOT NULL DEFAULT 0;
UPDATE member SET takes_part = 1
WHERE conversation <> 1 AND (role = 1 OR (conversation, user) IN (
    SELECT s.position >> 32, json_extract(line.value, '$[1]')
    FROM (SELECT position, events FROM segment UNION ALL SELECT position, events FROM write_buffer) s,
        json_each('[' || replace(rtrim(s.events, char(10)), char(10), ',') || ']') line
    WHERE (s.position >> 32) <> 1 AND json_extract(line.value, '$[2]') IS NOT NULL));
