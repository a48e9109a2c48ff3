import Yams

public enum WirePlaceholder {}
