"""What a person takes away: pictures, tables, reports, simulated hours, as files."""
