"""ARM as a protocol: ids, paging, long-running operations. No Azure service is named in here."""
