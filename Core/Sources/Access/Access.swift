enum AccessModule {}
