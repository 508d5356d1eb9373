-- migrator: irreversible "the password hashes are erased for good: sign-in moved to the identity provider"
-- migrator: lock-timeout 10s
-- migrator: allow(ban-drop-column) "no release since 2026-01-15 reads or writes the column"
--
-- Sign-in moved to the identity provider on 2026-01-15.
-- A hash that we do not keep cannot leak.
-- A down file could bring back the column, but not what was in it. So there is none.

ALTER TABLE chat.users DROP COLUMN password_hash;
