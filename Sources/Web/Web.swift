import Hummingbird
import HummingbirdTLS
import CryptoExtras
import Crypto
public enum WebPlaceholder {}
