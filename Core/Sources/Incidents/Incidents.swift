enum IncidentsModule {}
