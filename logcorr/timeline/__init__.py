"""The timeline room: columns, clocks, matching, storage, queries. It does not know what a finding is."""
