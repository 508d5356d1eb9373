-- migrator: no-transaction

DROP INDEX CONCURRENTLY chat.messages_paging_idx;
