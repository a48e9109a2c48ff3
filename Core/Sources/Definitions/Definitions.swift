enum DefinitionsModule {}
