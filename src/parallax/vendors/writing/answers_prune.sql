-- Lets go of what is too old to be shown in any case. $1 the oldest instant that stays.
delete from vendor_answer where read_at < $1
