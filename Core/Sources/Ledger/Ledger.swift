enum LedgerModule {}
