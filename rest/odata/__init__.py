"""OData version 3, as far as System Center's services speak it: keys, times, collections, errors."""
