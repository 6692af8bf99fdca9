import AdminHTTP
