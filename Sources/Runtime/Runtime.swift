import Logging
public enum RuntimePlaceholder {}
