enum ProceduresModule {}
