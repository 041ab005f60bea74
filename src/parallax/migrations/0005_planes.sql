-- Segments as planes: a block of each column of each event, which can be read alone. `core` and `fields` hold them,
-- `chunks` says where they are: see engine/planes. Null: a segment of before, which goes on being read until it is
-- written again. What folds from now on is not read by a gateway of an earlier release.
alter table event_segment add column chunks bytea;
alter table event_segment alter column chunks set storage external;
