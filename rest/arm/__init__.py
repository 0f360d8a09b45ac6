"""ARM as a protocol: ids, error bodies, paging, long-running operations. No Azure service is named in here."""
