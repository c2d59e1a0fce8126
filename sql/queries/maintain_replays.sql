-- Forgets who had what sent again before $1.
delete from replay where at < $1::timestamptz
