-- migrator: no-transaction
--
-- Scrolling back in a long conversation sorted all of it for each page.
-- With this index a page is read in order and nothing is sorted.
-- CONCURRENTLY, because people write messages while it is built.
-- It stands alone in its file: what fails here has left nothing else half done.

CREATE INDEX CONCURRENTLY messages_paging_idx
    ON chat.messages (conversation_id, created_at DESC, id DESC);
